BEGIN TRANSACTION;
CREATE TABLE artist_groups (
	artist_mbid VARCHAR(36) NOT NULL, 
	group_mbid VARCHAR(36) NOT NULL, 
	listed_at DATETIME NOT NULL, 
	CONSTRAINT pk_artist_groups PRIMARY KEY (artist_mbid, group_mbid), 
	CONSTRAINT fk_artist_groups_artist_mbid FOREIGN KEY(artist_mbid) REFERENCES artists (mbid) ON DELETE CASCADE, 
	CONSTRAINT fk_artist_groups_group_mbid FOREIGN KEY(group_mbid) REFERENCES release_groups (mbid) ON DELETE CASCADE
);
INSERT INTO "artist_groups" VALUES('0123456789abcdef','0123456789abcdef','2026-01-02 03:04:05.678901');
CREATE TABLE artists (
	mbid VARCHAR(36) NOT NULL, 
	name TEXT NOT NULL, 
	document JSON NOT NULL, 
	fetched_at DATETIME NOT NULL, 
	listed_at DATETIME, 
	listing_began_at DATETIME, 
	listing_offset INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_artists PRIMARY KEY (mbid)
);
INSERT INTO "artists" VALUES('0123456789abcdef','Bär – 音楽','{}','2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678901',7);
CREATE TABLE budgets (
	name VARCHAR(128) NOT NULL, 
	next_at DATETIME NOT NULL, 
	CONSTRAINT pk_budgets PRIMARY KEY (name)
);
INSERT INTO "budgets" VALUES('musicbrainz','2026-12-01 01:44:56.741540');
CREATE TABLE candidates (
	id INTEGER NOT NULL, 
	track_id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	source_id TEXT NOT NULL, 
	url TEXT NOT NULL, 
	title TEXT NOT NULL, 
	document JSON NOT NULL, 
	score FLOAT NOT NULL, 
	score_parts JSON NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	reject_reason TEXT DEFAULT '' NOT NULL, 
	found_at DATETIME NOT NULL, 
	CONSTRAINT pk_candidates PRIMARY KEY (id), 
	CONSTRAINT fk_candidates_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE, 
	CONSTRAINT uq_candidates_track_id_source_source_id UNIQUE (track_id, source, source_id)
);
INSERT INTO "candidates" VALUES(1,1,'ShantyDemo','TWxhK3smpOz','http://127.0.0.1:35043/watch?v=TWxhK3smpOz','Harbour Lights','{"uploader": "Maren \u00d8stby - Topic", "channel": "Maren \u00d8stby - Topic", "album": "", "artists": [], "track": "", "duration_seconds": 2.317, "view_count": 2827556}',0.985,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Harbour Lights"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 1.0, "weight": 0.31, "contribution": 0.31, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 1.0, "weight": 0.02, "contribution": 0.02, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby - Topic"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}]','chosen','','2026-12-01 01:44:58.146062');
INSERT INTO "candidates" VALUES(2,1,'ShantyDemo','D19sTHhLf4R','http://127.0.0.1:35043/watch?v=D19sTHhLf4R','Maren Østby - Harbour Lights (Lyrics)','{"uploader": "LyricLane", "channel": "LyricLane", "album": "", "artists": [], "track": "", "duration_seconds": 2.717, "view_count": 1131022}',0.9135,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Harbour Lights (Lyrics)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.85, "weight": 0.31, "contribution": 0.2635, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "LyricLane"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}]','found','','2026-12-01 01:44:58.146062');
INSERT INTO "candidates" VALUES(3,1,'ShantyDemo','9FocxZPdokH','http://127.0.0.1:35043/watch?v=9FocxZPdokH','Maren Østby - Harbour Lights (sped up)','{"uploader": "nightcore.fm", "channel": "nightcore.fm", "album": "", "artists": [], "track": "", "duration_seconds": 1.807, "view_count": 2544800}',0.3478,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Harbour Lights (sped up)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.74, "weight": 0.31, "contribution": 0.2294, "note": "-1 s"}, {"name": "other words", "value": 0.3333, "weight": 0.03, "contribution": 0.01, "note": "sped up"}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "nightcore.fm"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}, {"name": "unwanted version", "value": 0.4, "weight": 0.0, "contribution": -0.5216, "note": "sped up, nightcore (channel)"}]','found','','2026-12-01 01:44:58.146062');
INSERT INTO "candidates" VALUES(4,1,'ShantyDemo','ENP0BTYtD76','http://127.0.0.1:35043/watch?v=ENP0BTYtD76','Maren Østby - Harbour Lights (Official Video)','{"uploader": "Maren \u00d8stby", "channel": "Maren \u00d8stby", "album": "", "artists": [], "track": "", "duration_seconds": 25.317, "view_count": 7068890}',0.3275,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Harbour Lights (Official Video)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.0, "weight": 0.31, "contribution": 0.0, "note": "+23 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}, {"name": "wrong length", "value": 0.5, "weight": 0.0, "contribution": -0.3275, "note": "+23 s"}]','found','','2026-12-01 01:44:58.146062');
INSERT INTO "candidates" VALUES(9,2,'ShantyDemo','1KX_mfpcDtM','http://127.0.0.1:35043/watch?v=1KX_mfpcDtM','Maren Østby - Ferry / Return (Official Audio)','{"uploader": "Maren \u00d8stby", "channel": "Maren \u00d8stby", "album": "", "artists": [], "track": "", "duration_seconds": 3.326, "view_count": 1979804}',0.985,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Ferry / Return (Official Audio)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 1.0, "weight": 0.31, "contribution": 0.31, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 1.0, "weight": 0.02, "contribution": 0.02, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}]','chosen','','2026-12-01 01:45:01.607732');
INSERT INTO "candidates" VALUES(10,2,'ShantyDemo','LDNhSC-14k4','http://127.0.0.1:35043/watch?v=LDNhSC-14k4','Maren Østby - Ferry / Return (Lyrics)','{"uploader": "LyricLane", "channel": "LyricLane", "album": "", "artists": [], "track": "", "duration_seconds": 3.726, "view_count": 791921}',0.9135,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Ferry / Return (Lyrics)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.85, "weight": 0.31, "contribution": 0.2635, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "LyricLane"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}]','found','','2026-12-01 01:45:01.607732');
INSERT INTO "candidates" VALUES(11,2,'ShantyDemo','hISn5rHzYHE','http://127.0.0.1:35043/watch?v=hISn5rHzYHE','Maren Østby - Ferry / Return (Official Video)','{"uploader": "Maren \u00d8stby", "channel": "Maren \u00d8stby", "album": "", "artists": [], "track": "", "duration_seconds": 26.326, "view_count": 4949510}',0.3275,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Ferry / Return (Official Video)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.0, "weight": 0.31, "contribution": 0.0, "note": "+23 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}, {"name": "wrong length", "value": 0.5, "weight": 0.0, "contribution": -0.3275, "note": "+23 s"}]','found','','2026-12-01 01:45:01.607732');
INSERT INTO "candidates" VALUES(12,2,'ShantyDemo','EfGLCYAXYmx','http://127.0.0.1:35043/watch?v=EfGLCYAXYmx','Maren Østby - Ferry / Return (sped up)','{"uploader": "nightcore.fm", "channel": "nightcore.fm", "album": "", "artists": [], "track": "", "duration_seconds": 2.594, "view_count": 1781823}',0.3202,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Ferry / Return (sped up)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.518, "weight": 0.31, "contribution": 0.1606, "note": "-1 s"}, {"name": "other words", "value": 0.3333, "weight": 0.03, "contribution": 0.01, "note": "sped up"}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "nightcore.fm"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}, {"name": "unwanted version", "value": 0.4, "weight": 0.0, "contribution": -0.4803, "note": "sped up, nightcore (channel)"}]','found','','2026-12-01 01:45:01.607732');
INSERT INTO "candidates" VALUES(17,3,'ShantyDemo','RZ8Y2kef75N','http://127.0.0.1:35043/watch?v=RZ8Y2kef75N','What Time Is It: 4 A.M.?','{"uploader": "Maren \u00d8stby - Topic", "channel": "Maren \u00d8stby - Topic", "album": "", "artists": [], "track": "", "duration_seconds": 2.335, "view_count": 952443}',0.985,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "What Time Is It: 4 A.M.?"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 1.0, "weight": 0.31, "contribution": 0.31, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 1.0, "weight": 0.02, "contribution": 0.02, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby - Topic"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}]','chosen','','2026-12-01 01:45:04.811956');
INSERT INTO "candidates" VALUES(18,3,'ShantyDemo','mo3-WUEik59','http://127.0.0.1:35043/watch?v=mo3-WUEik59','Maren Østby - What Time Is It: 4 A.M.? (Lyrics)','{"uploader": "LyricLane", "channel": "LyricLane", "album": "", "artists": [], "track": "", "duration_seconds": 2.735, "view_count": 380977}',0.9135,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - What Time Is It: 4 A.M.? (Lyrics)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.85, "weight": 0.31, "contribution": 0.2635, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "LyricLane"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}]','found','','2026-12-01 01:45:04.811956');
INSERT INTO "candidates" VALUES(19,3,'ShantyDemo','_jFavedp8x9','http://127.0.0.1:35043/watch?v=_jFavedp8x9','Maren Østby - What Time Is It: 4 A.M.? (sped up)','{"uploader": "nightcore.fm", "channel": "nightcore.fm", "album": "", "artists": [], "track": "", "duration_seconds": 1.821, "view_count": 857198}',0.3473,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - What Time Is It: 4 A.M.? (sped up)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.736, "weight": 0.31, "contribution": 0.2282, "note": "-1 s"}, {"name": "other words", "value": 0.3333, "weight": 0.03, "contribution": 0.01, "note": "sped up"}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "nightcore.fm"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}, {"name": "unwanted version", "value": 0.4, "weight": 0.0, "contribution": -0.5209, "note": "sped up, nightcore (channel)"}]','found','','2026-12-01 01:45:04.811956');
INSERT INTO "candidates" VALUES(20,3,'ShantyDemo','BRKGPWUn7xh','http://127.0.0.1:35043/watch?v=BRKGPWUn7xh','Maren Østby - What Time Is It: 4 A.M.? (Official Video)','{"uploader": "Maren \u00d8stby", "channel": "Maren \u00d8stby", "album": "", "artists": [], "track": "", "duration_seconds": 25.335, "view_count": 2381107}',0.3275,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - What Time Is It: 4 A.M.? (Official Video)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.0, "weight": 0.31, "contribution": 0.0, "note": "+23 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby"}, {"name": "album", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": ""}, {"name": "wrong length", "value": 0.5, "weight": 0.0, "contribution": -0.3275, "note": "+23 s"}]','rejected','only shown to who is signed in (`shanty cookies import`)','2026-12-01 01:45:04.811956');
CREATE TABLE edition_pages (
	group_mbid VARCHAR(36) NOT NULL, 
	first INTEGER NOT NULL, 
	total INTEGER NOT NULL, 
	document JSON NOT NULL, 
	fetched_at DATETIME NOT NULL, 
	CONSTRAINT pk_edition_pages PRIMARY KEY (group_mbid, first)
);
INSERT INTO "edition_pages" VALUES('0123456789abcdef',7,7,'{}','2026-01-02 03:04:05.678901');
CREATE TABLE files (
	track_id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	is_placed BOOLEAN NOT NULL, 
	candidate_id INTEGER, 
	checksum VARCHAR(64) NOT NULL, 
	properties JSON, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_files PRIMARY KEY (track_id), 
	CONSTRAINT fk_files_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE, 
	CONSTRAINT fk_files_candidate_id FOREIGN KEY(candidate_id) REFERENCES candidates (id) ON DELETE SET NULL
);
INSERT INTO "files" VALUES(1,'/srv/music/library/Maren Østby/Low Water (2019)/01 Harbour Lights.opus',1,1,'e367b19b9fd0a7b32157e2be17b14620a3329ecb854b5fd5059c125c42f61beb','{"container": "ogg", "codec": "opus", "duration_seconds": 2.318, "bitrate": 42744, "sample_rate": 48000, "channels": 1, "size_bytes": 12543, "checksum": "3d4bc7cf2b8455b90ed587be08627f500706a7485b7eb0a27bcce8cb1fe4e367"}','2026-12-01 01:45:00.681794');
INSERT INTO "files" VALUES(2,'/srv/music/library/Maren Østby/Low Water (2019)/02 Ferry _ Return.m4a',1,9,'a1e74dde9a01c3709618a4b0ef79d996943bd19e35ee0687f9d3454fea3b17e3','{"container": "mp4", "codec": "aac", "duration_seconds": 3.3473333333333333, "bitrate": 64447, "sample_rate": 48000, "channels": 1, "size_bytes": 28364, "checksum": "86a1bdb131316247411c99c3349b135e7435b0ffbce09176b4383b529f98a944"}','2026-12-01 01:45:03.835997');
CREATE TABLE journal (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	run_id TEXT NOT NULL, 
	track_id INTEGER, 
	action VARCHAR(16) NOT NULL, 
	source_path TEXT NOT NULL, 
	target_path TEXT NOT NULL, 
	detail JSON NOT NULL, 
	CONSTRAINT pk_journal PRIMARY KEY (id)
);
INSERT INTO "journal" VALUES(1,'2026-12-01 01:45:00.216181','9f3c1a52-0001-4000-8000-2f5a1be0c0de',1,'place','/srv/music/home/incoming/1/1/ShantyDemo-TWxhK3smpOz.audio-webm.opus','/srv/music/library/Maren Østby/Low Water (2019)/01 Harbour Lights.opus','{"checksum": "e7e406a20f1849d16babb5cb44c9b47ecfaa49c67f547f39b2f2b835346e8527"}');
INSERT INTO "journal" VALUES(2,'2026-12-01 01:45:00.699236','9f3c1a52-0001-4000-8000-2f5a1be0c0de',1,'cover','.','/srv/music/library/Maren Østby/Low Water (2019)/cover.png','{}');
INSERT INTO "journal" VALUES(3,'2026-12-01 01:45:03.798445','9f3c1a52-0001-4000-8000-2f5a1be0c0de',2,'place','/srv/music/home/incoming/2/9/ShantyDemo-1KX_mfpcDtM.audio-m4a.m4a','/srv/music/library/Maren Østby/Low Water (2019)/02 Ferry _ Return.m4a','{"checksum": "eff5abd2878944f9f9330cc486ad56b4638f1e143e6f153eef484286b74452e6"}');
INSERT INTO "journal" VALUES(4,'2026-12-01 01:45:08.505738','9f3c1a52-0001-4000-8000-2f5a1be0c0de',3,'place','/srv/music/home/incoming/3/17/ShantyDemo-RZ8Y2kef75N.audio-mp3.mp3','/srv/music/library/Maren Østby/Low Water (2019)/03 What Time Is It_ 4 A.M._.mp3','{"checksum": "9235764230e5ed3716570cad3c2394150fc2442b876591ba811b7c7623f0614b"}');
CREATE TABLE owned_files (
	path_key VARCHAR(64) NOT NULL, 
	path BLOB NOT NULL, 
	size BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	recording_mbid VARCHAR(36) NOT NULL, 
	name_key VARCHAR(64) NOT NULL, 
	artist TEXT NOT NULL, 
	title TEXT NOT NULL, 
	album TEXT NOT NULL, 
	length_ms INTEGER, 
	track_id INTEGER, 
	matched_by VARCHAR(16) NOT NULL, 
	error TEXT NOT NULL, 
	read_at DATETIME NOT NULL, 
	CONSTRAINT pk_owned_files PRIMARY KEY (path_key), 
	CONSTRAINT fk_owned_files_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE SET NULL
);
INSERT INTO "owned_files" VALUES('0123456789abcdef',X'00FF2F6D75736963',7,7,'0123456789abcdef','0123456789abcdef','Bär – 音楽','Bär – 音楽','Bär – 音楽',7,3,'name','Bär – 音楽','2026-01-02 03:04:05.678901');
CREATE TABLE owned_isrcs (
	isrc VARCHAR(12) NOT NULL, 
	path_key VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_owned_isrcs PRIMARY KEY (isrc, path_key), 
	CONSTRAINT fk_owned_isrcs_path_key FOREIGN KEY(path_key) REFERENCES owned_files (path_key) ON DELETE CASCADE
);
INSERT INTO "owned_isrcs" VALUES('0123456789ab','0123456789abcdef');
CREATE TABLE paused_stages (
	task_type VARCHAR(32) NOT NULL, 
	paused_at DATETIME NOT NULL, 
	CONSTRAINT pk_paused_stages PRIMARY KEY (task_type)
);
INSERT INTO "paused_stages" VALUES('download','2026-01-02 03:04:05.678901');
CREATE TABLE release_groups (
	mbid VARCHAR(36) NOT NULL, 
	title TEXT NOT NULL, 
	first_release_date VARCHAR(10) NOT NULL, 
	document JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	release_key VARCHAR(64), 
	fetched_at DATETIME, 
	gone_at DATETIME, 
	CONSTRAINT pk_release_groups PRIMARY KEY (mbid), 
	CONSTRAINT fk_release_groups_release_key FOREIGN KEY(release_key) REFERENCES releases ("key")
);
INSERT INTO "release_groups" VALUES('0123456789abcdef','Bär – 音楽','0123456789','{}','2026-01-02 03:04:05.678901','b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678901');
CREATE TABLE releases (
	"key" VARCHAR(64) NOT NULL, 
	release_group_mbid VARCHAR(36) NOT NULL, 
	document JSON NOT NULL, 
	fetched_at DATETIME NOT NULL, 
	CONSTRAINT pk_releases PRIMARY KEY ("key")
);
INSERT INTO "releases" VALUES('b11a6d80-93f9-52a4-9a8e-0584d4daeec0','94aa3906-4b4d-5c98-9e69-76e0b0295222','{"mbid": "b11a6d80-93f9-52a4-9a8e-0584d4daeec0", "title": "Low Water", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "release_group": {"mbid": "94aa3906-4b4d-5c98-9e69-76e0b0295222", "title": "Low Water", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "primary_type": "Album", "first_release_date": "2019-03-08"}, "status": "Official", "country": "NO", "date": "2019-03-08", "barcode": "0019125003483", "label": "Fyrlykt Records", "catalog_number": "FR 101", "media": [{"position": 1, "format": "CD", "tracks": [{"mbid": "274e883a-4715-5425-b826-50c55fb54506", "position": 1, "number": "1", "title": "Harbour Lights", "recording": {"mbid": "e7728ed9-f302-5b61-86c1-e6f592196fad", "title": "Harbour Lights", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 2317, "isrcs": ["NOSHD1900000"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 2317}, {"mbid": "2c22e077-1b17-5efa-b88a-78751d9309d2", "position": 2, "number": "2", "title": "Ferry / Return", "recording": {"mbid": "9a2684df-0ff5-504a-9a76-83d76f6fcf6b", "title": "Ferry / Return", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3326, "isrcs": ["NOSHD1900001"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3326}, {"mbid": "2deba1ee-1a4b-59f5-b380-15deaab33301", "position": 3, "number": "3", "title": "What Time Is It: 4 A.M.?", "recording": {"mbid": "6e561f98-1c29-5abd-a246-de174717d4c4", "title": "What Time Is It: 4 A.M.?", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 2335, "isrcs": ["NOSHD1900002"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 2335}, {"mbid": "7ef78fb1-0e64-56ca-bf48-c8e574e5b7d2", "position": 4, "number": "4", "title": "Sj\u00f8syk", "recording": {"mbid": "749a5394-b79f-5221-b827-598181a67c29", "title": "Sj\u00f8syk", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3344, "isrcs": ["NOSHD1900003"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3344}, {"mbid": "ec2bff3c-a97f-5d28-b84a-e1bc4ed2bac7", "position": 5, "number": "5", "title": "Salt & Iron", "recording": {"mbid": "63194fc9-6fc3-5252-93f3-dd13aa703ba7", "title": "Salt & Iron", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby", "join_phrase": " feat. "}, {"artist": {"mbid": "0ecc833d-6821-5d5f-b695-fef91f6b9b1d", "name": "\u6708\u5149\u653e\u9001\u5c40", "sort_name": "Gekk\u014d H\u014ds\u014dkyoku"}, "name": "\u6708\u5149\u653e\u9001\u5c40"}]}, "length_ms": 2353, "isrcs": ["NOSHD1900004"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby", "join_phrase": " feat. "}, {"artist": {"mbid": "0ecc833d-6821-5d5f-b695-fef91f6b9b1d", "name": "\u6708\u5149\u653e\u9001\u5c40", "sort_name": "Gekk\u014d H\u014ds\u014dkyoku"}, "name": "\u6708\u5149\u653e\u9001\u5c40"}]}, "length_ms": 2353}, {"mbid": "b36e2163-1f0a-5740-95a6-bb504b639a81", "position": 6, "number": "6", "title": "Low Water", "recording": {"mbid": "3efad042-0ac2-506b-a8ab-f7002024b12b", "title": "Low Water", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3362, "isrcs": ["NOSHD1900005"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3362}], "track_count": 6}]}','2026-12-01 01:44:56.770706');
CREATE TABLE request_counts (
	service VARCHAR(32) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	number INTEGER NOT NULL, 
	CONSTRAINT pk_request_counts PRIMARY KEY (service, day)
);
INSERT INTO "request_counts" VALUES('musicbrainz','2026-12-01',4);
CREATE TABLE rule_groups (
	rule_id INTEGER NOT NULL, 
	group_mbid VARCHAR(36) NOT NULL, 
	priority INTEGER NOT NULL, 
	expanded_at DATETIME, 
	note TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_rule_groups PRIMARY KEY (rule_id, group_mbid), 
	CONSTRAINT fk_rule_groups_rule_id FOREIGN KEY(rule_id) REFERENCES watch_rules (id) ON DELETE CASCADE, 
	CONSTRAINT fk_rule_groups_group_mbid FOREIGN KEY(group_mbid) REFERENCES release_groups (mbid) ON DELETE CASCADE
);
INSERT INTO "rule_groups" VALUES(3,'0123456789abcdef',7,'2026-01-02 03:04:05.678901','it has no tracks that are wanted');
CREATE TABLE rule_tracks (
	rule_id INTEGER NOT NULL, 
	track_id INTEGER NOT NULL, 
	group_mbid VARCHAR(36) NOT NULL, 
	CONSTRAINT pk_rule_tracks PRIMARY KEY (rule_id, track_id, group_mbid), 
	CONSTRAINT fk_rule_tracks_rule_id FOREIGN KEY(rule_id) REFERENCES watch_rules (id) ON DELETE CASCADE, 
	CONSTRAINT fk_rule_tracks_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE
);
INSERT INTO "rule_tracks" VALUES(1,1,'');
INSERT INTO "rule_tracks" VALUES(2,2,'');
INSERT INTO "rule_tracks" VALUES(3,3,'');
CREATE TABLE searches (
	track_id INTEGER NOT NULL, 
	prefix TEXT NOT NULL, 
	"query" TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	result_count INTEGER NOT NULL, 
	asked_at DATETIME NOT NULL, 
	CONSTRAINT pk_searches PRIMARY KEY (track_id, prefix, "query"), 
	CONSTRAINT fk_searches_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE
);
INSERT INTO "searches" VALUES(1,'demosearch8','Maren Østby - Harbour Lights','artist and title',8,'2026-12-01 01:44:58.199005');
INSERT INTO "searches" VALUES(2,'demosearch8','Maren Østby - Ferry / Return','artist and title',8,'2026-12-01 01:45:01.846363');
INSERT INTO "searches" VALUES(3,'demosearch8','Maren Østby - What Time Is It: 4 A.M.?','artist and title',8,'2026-12-01 01:45:04.995370');
CREATE TABLE shanty_schema (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT shanty_schema_pkc PRIMARY KEY (version_num)
);
INSERT INTO "shanty_schema" VALUES('0002');
CREATE TABLE tracks (
	id INTEGER NOT NULL, 
	recording_mbid VARCHAR(36) NOT NULL, 
	release_key VARCHAR(64) NOT NULL, 
	release_track_mbid VARCHAR(36) NOT NULL, 
	title TEXT NOT NULL, 
	artist TEXT NOT NULL, 
	album TEXT NOT NULL, 
	length_ms INTEGER, 
	status VARCHAR(16) NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	priority INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_tracks PRIMARY KEY (id), 
	CONSTRAINT fk_tracks_release_key FOREIGN KEY(release_key) REFERENCES releases ("key"), 
	CONSTRAINT uq_tracks_recording_mbid UNIQUE (recording_mbid)
);
INSERT INTO "tracks" VALUES(1,'e7728ed9-f302-5b61-86c1-e6f592196fad','b11a6d80-93f9-52a4-9a8e-0584d4daeec0','274e883a-4715-5425-b826-50c55fb54506','Harbour Lights','Maren Østby','Low Water',2317,'in_library','',75,'2026-12-01 01:44:56.680019','2026-12-01 01:45:00.245047');
INSERT INTO "tracks" VALUES(2,'9a2684df-0ff5-504a-9a76-83d76f6fcf6b','b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2c22e077-1b17-5efa-b88a-78751d9309d2','Ferry / Return','Maren Østby','Low Water',3326,'wanted','',75,'2026-12-01 01:44:56.731312','2026-12-01 01:45:03.798849');
INSERT INTO "tracks" VALUES(3,'6e561f98-1c29-5abd-a246-de174717d4c4','b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2deba1ee-1a4b-59f5-b380-15deaab33301','What Time Is It: 4 A.M.?','Maren Østby','Low Water',2335,'failed','',75,'2026-12-01 01:44:56.770309','2026-12-01 01:45:08.506268');
CREATE TABLE watch_rules (
	id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	mbid VARCHAR(36) NOT NULL, 
	name TEXT NOT NULL, 
	document JSON NOT NULL, 
	is_monitored BOOLEAN NOT NULL, 
	release_mbid VARCHAR(36) NOT NULL, 
	created_at DATETIME NOT NULL, 
	completed_at DATETIME, 
	CONSTRAINT pk_watch_rules PRIMARY KEY (id), 
	CONSTRAINT uq_watch_rules_kind_mbid UNIQUE (kind, mbid)
);
INSERT INTO "watch_rules" VALUES(1,'track','e7728ed9-f302-5b61-86c1-e6f592196fad','Maren Østby – Harbour Lights','null',1,'b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2026-12-01 01:44:56.634917','2026-12-01 01:44:56.693652');
INSERT INTO "watch_rules" VALUES(2,'track','9a2684df-0ff5-504a-9a76-83d76f6fcf6b','Maren Østby – Ferry / Return','null',1,'b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2026-12-01 01:44:56.715521','2026-12-01 01:44:56.735206');
INSERT INTO "watch_rules" VALUES(3,'track','6e561f98-1c29-5abd-a246-de174717d4c4','Maren Østby – What Time Is It: 4 A.M.?','null',1,'b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2026-12-01 01:44:56.755965','2026-12-01 01:44:56.783048');
CREATE TABLE work_queue (
	id INTEGER NOT NULL, 
	track_id INTEGER NOT NULL, 
	task_type VARCHAR(32) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	priority INTEGER NOT NULL, 
	stages_left INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	max_attempts INTEGER NOT NULL, 
	run_after DATETIME NOT NULL, 
	lease_owner VARCHAR(64), 
	payload_json JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	completed_at DATETIME, 
	error_class VARCHAR(32), 
	error TEXT, 
	CONSTRAINT pk_work_queue PRIMARY KEY (id), 
	CONSTRAINT fk_work_queue_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE
);
INSERT INTO "work_queue" VALUES(1,1,'download','completed',75,4,1,8,'2026-12-01 01:44:56.791851',NULL,'{}','2026-12-01 01:44:56.791851','2026-12-01 01:44:56.801060','2026-12-01 01:44:59.894605',NULL,NULL);
INSERT INTO "work_queue" VALUES(2,2,'download','completed',75,4,1,8,'2026-12-01 01:44:56.791851',NULL,'{}','2026-12-01 01:44:56.791851','2026-12-01 01:45:00.703923','2026-12-01 01:45:03.701186',NULL,NULL);
INSERT INTO "work_queue" VALUES(3,3,'download','failed',75,4,1,8,'2026-12-01 01:44:56.791851',NULL,'{}','2026-12-01 01:44:56.791851','2026-12-01 01:45:03.849161','2026-12-01 01:44:56.791851',NULL,'no candidate');
INSERT INTO "work_queue" VALUES(4,1,'index','completed',75,3,1,8,'2026-12-01 01:44:59.894605',NULL,'{}','2026-12-01 01:44:59.894605','2026-12-01 01:44:59.894605','2026-12-01 01:45:00.052397',NULL,NULL);
INSERT INTO "work_queue" VALUES(5,1,'tag','completed',75,2,1,8,'2026-12-01 01:45:00.052397',NULL,'{}','2026-12-01 01:45:00.052397','2026-12-01 01:45:00.052397','2026-12-01 01:45:00.104615',NULL,NULL);
INSERT INTO "work_queue" VALUES(6,1,'organize','completed',75,1,1,8,'2026-12-01 01:45:00.104615',NULL,'{}','2026-12-01 01:45:00.104615','2026-12-01 01:45:00.104615','2026-12-01 01:45:00.246542',NULL,NULL);
INSERT INTO "work_queue" VALUES(7,1,'enrich','completed',75,0,1,8,'2026-12-01 01:45:00.246542',NULL,'{}','2026-12-01 01:45:00.246542','2026-12-01 01:45:00.246542','2026-12-01 01:45:00.699703',NULL,NULL);
INSERT INTO "work_queue" VALUES(8,2,'index','completed',75,3,1,8,'2026-12-01 01:45:03.701186',NULL,'{}','2026-12-01 01:45:03.701186','2026-12-01 01:45:03.701186','2026-12-01 01:45:03.718196',NULL,NULL);
INSERT INTO "work_queue" VALUES(9,2,'tag','completed',75,2,1,8,'2026-12-01 01:45:03.718196',NULL,'{}','2026-12-01 01:45:03.718196','2026-12-01 01:45:03.718196','2026-12-01 01:45:03.770289',NULL,NULL);
INSERT INTO "work_queue" VALUES(10,2,'organize','completed',75,1,1,8,'2026-12-01 01:45:03.770289',NULL,'{}','2026-12-01 01:45:03.770289','2026-12-01 01:45:03.770289','2026-12-01 01:45:03.799041',NULL,NULL);
INSERT INTO "work_queue" VALUES(11,2,'enrich','pending',75,0,1,8,'2026-12-01 01:45:03.799041',NULL,'{}','2026-12-01 01:45:03.799041',NULL,NULL,NULL,NULL);
CREATE TABLE workers (
	id VARCHAR(64) NOT NULL, 
	flow_run_id VARCHAR(64), 
	job VARCHAR(32) NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	process_started_at FLOAT NOT NULL, 
	started_at DATETIME NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	heartbeat_monotonic FLOAT NOT NULL, 
	CONSTRAINT pk_workers PRIMARY KEY (id)
);
INSERT INTO "workers" VALUES('739855551e7342d99fc853d06fe27103',NULL,'pipeline','vm',1168,2.50158900001049041748e+04,'2026-12-01 01:44:56.554393','2026-12-01 01:44:56.554393',25027.882104969);
CREATE INDEX ix_releases_release_group_mbid ON releases (release_group_mbid);
CREATE INDEX ix_artist_groups_group_mbid ON artist_groups (group_mbid);
CREATE INDEX ix_tracks_release_key ON tracks (release_key);
CREATE INDEX ix_tracks_status ON tracks (status);
CREATE INDEX ix_rule_groups_group_mbid ON rule_groups (group_mbid);
CREATE INDEX ix_rule_tracks_track_id ON rule_tracks (track_id);
CREATE INDEX ix_rule_tracks_group_mbid ON rule_tracks (group_mbid);
CREATE INDEX ix_files_path ON files (path);
CREATE INDEX ix_journal_run_id ON journal (run_id);
CREATE INDEX ix_journal_track_id ON journal (track_id);
CREATE INDEX ix_owned_files_recording_mbid ON owned_files (recording_mbid);
CREATE INDEX ix_owned_files_name_key ON owned_files (name_key);
CREATE INDEX ix_owned_files_track_id ON owned_files (track_id);
CREATE INDEX ix_owned_isrcs_path_key ON owned_isrcs (path_key);
CREATE UNIQUE INDEX uq_work_queue_live ON work_queue (track_id, task_type) WHERE completed_at IS NULL;
CREATE INDEX ix_work_queue_due ON work_queue (priority, stages_left, id) WHERE status = 'pending';
CREATE INDEX ix_work_queue_ended ON work_queue (task_type, status, completed_at) WHERE completed_at IS NOT NULL;
COMMIT;
