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
INSERT INTO "budgets" VALUES('musicbrainz','2026-12-01 14:07:18.578356');
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
INSERT INTO "candidates" VALUES(1,1,'ShantyDemo','TWxhK3smpOz','http://127.0.0.1:41831/watch?v=TWxhK3smpOz','Harbour Lights','{"uploader": "Maren \u00d8stby - Topic", "channel": "Maren \u00d8stby - Topic", "album": "Low Water", "artists": ["Maren \u00d8stby"], "track": "Harbour Lights", "duration_seconds": 2.317, "view_count": 2827556, "kind": "", "is_verified": null, "is_explicit": null, "release_year": 2019}',0.99,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Harbour Lights"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 1.0, "weight": 0.31, "contribution": 0.31, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 1.0, "weight": 0.02, "contribution": 0.02, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby - Topic"}, {"name": "album", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Low Water"}]','chosen','','2026-12-01 14:07:19.559688');
INSERT INTO "candidates" VALUES(2,1,'ShantyDemo','D19sTHhLf4R','http://127.0.0.1:41831/watch?v=D19sTHhLf4R','Maren Østby - Harbour Lights (Lyrics)','{"uploader": "LyricLane", "channel": "LyricLane", "album": "", "artists": [], "track": "", "duration_seconds": 2.717, "view_count": 1131022, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.9177,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Harbour Lights (Lyrics)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.85, "weight": 0.31, "contribution": 0.2635, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "LyricLane"}, {"name": "album", "value": 0.9177, "weight": 0.01, "contribution": 0.0092, "note": "unknown"}]','found','','2026-12-01 14:07:19.559688');
INSERT INTO "candidates" VALUES(3,1,'ShantyDemo','9FocxZPdokH','http://127.0.0.1:41831/watch?v=9FocxZPdokH','Maren Østby - Harbour Lights (sped up)','{"uploader": "nightcore.fm", "channel": "nightcore.fm", "album": "", "artists": [], "track": "", "duration_seconds": 1.807, "view_count": 2544800, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.3493,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Harbour Lights (sped up)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.74, "weight": 0.31, "contribution": 0.2294, "note": "-1 s"}, {"name": "other words", "value": 0.3333, "weight": 0.03, "contribution": 0.01, "note": "sped up"}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "nightcore.fm"}, {"name": "album", "value": 0.8731, "weight": 0.01, "contribution": 0.0087, "note": "unknown"}, {"name": "unwanted version", "value": 0.4, "weight": 0.0, "contribution": -0.5239, "note": "sped up, nightcore (channel)"}]','found','','2026-12-01 14:07:19.559688');
INSERT INTO "candidates" VALUES(4,1,'ShantyDemo','ENP0BTYtD76','http://127.0.0.1:41831/watch?v=ENP0BTYtD76','Maren Østby - Harbour Lights (Official Video)','{"uploader": "Maren \u00d8stby", "channel": "Maren \u00d8stby", "album": "", "artists": [], "track": "", "duration_seconds": 25.317, "view_count": 7068890, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.3283,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Harbour Lights (Official Video)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.0, "weight": 0.31, "contribution": 0.0, "note": "+23 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby"}, {"name": "album", "value": 0.6566, "weight": 0.01, "contribution": 0.0066, "note": "unknown"}, {"name": "wrong length", "value": 0.5, "weight": 0.0, "contribution": -0.3283, "note": "+23 s"}]','found','','2026-12-01 14:07:19.559688');
INSERT INTO "candidates" VALUES(9,2,'ShantyDemo','1KX_mfpcDtM','http://127.0.0.1:41831/watch?v=1KX_mfpcDtM','Maren Østby - Ferry / Return (Official Audio)','{"uploader": "Maren \u00d8stby", "channel": "Maren \u00d8stby", "album": "", "artists": [], "track": "", "duration_seconds": 3.326, "view_count": 1979804, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.9899,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Ferry / Return (Official Audio)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 1.0, "weight": 0.31, "contribution": 0.31, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 1.0, "weight": 0.02, "contribution": 0.02, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby"}, {"name": "album", "value": 0.9899, "weight": 0.01, "contribution": 0.0099, "note": "unknown"}]','chosen','','2026-12-01 14:07:21.578298');
INSERT INTO "candidates" VALUES(10,2,'ShantyDemo','LDNhSC-14k4','http://127.0.0.1:41831/watch?v=LDNhSC-14k4','Maren Østby - Ferry / Return (Lyrics)','{"uploader": "LyricLane", "channel": "LyricLane", "album": "", "artists": [], "track": "", "duration_seconds": 3.726, "view_count": 791921, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.9177,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Ferry / Return (Lyrics)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.85, "weight": 0.31, "contribution": 0.2635, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "LyricLane"}, {"name": "album", "value": 0.9177, "weight": 0.01, "contribution": 0.0092, "note": "unknown"}]','found','','2026-12-01 14:07:21.578298');
INSERT INTO "candidates" VALUES(11,2,'ShantyDemo','hISn5rHzYHE','http://127.0.0.1:41831/watch?v=hISn5rHzYHE','Maren Østby - Ferry / Return (Official Video)','{"uploader": "Maren \u00d8stby", "channel": "Maren \u00d8stby", "album": "", "artists": [], "track": "", "duration_seconds": 26.326, "view_count": 4949510, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.3283,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Ferry / Return (Official Video)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.0, "weight": 0.31, "contribution": 0.0, "note": "+23 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby"}, {"name": "album", "value": 0.6566, "weight": 0.01, "contribution": 0.0066, "note": "unknown"}, {"name": "wrong length", "value": 0.5, "weight": 0.0, "contribution": -0.3283, "note": "+23 s"}]','found','','2026-12-01 14:07:21.578298');
INSERT INTO "candidates" VALUES(12,2,'ShantyDemo','EfGLCYAXYmx','http://127.0.0.1:41831/watch?v=EfGLCYAXYmx','Maren Østby - Ferry / Return (sped up)','{"uploader": "nightcore.fm", "channel": "nightcore.fm", "album": "", "artists": [], "track": "", "duration_seconds": 2.594, "view_count": 1781823, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.3214,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - Ferry / Return (sped up)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.518, "weight": 0.31, "contribution": 0.1606, "note": "-1 s"}, {"name": "other words", "value": 0.3333, "weight": 0.03, "contribution": 0.01, "note": "sped up"}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "nightcore.fm"}, {"name": "album", "value": 0.8036, "weight": 0.01, "contribution": 0.008, "note": "unknown"}, {"name": "unwanted version", "value": 0.4, "weight": 0.0, "contribution": -0.4822, "note": "sped up, nightcore (channel)"}]','found','','2026-12-01 14:07:21.578298');
INSERT INTO "candidates" VALUES(17,3,'ShantyDemo','RZ8Y2kef75N','http://127.0.0.1:41831/watch?v=RZ8Y2kef75N','What Time Is It: 4 A.M.?','{"uploader": "Maren \u00d8stby - Topic", "channel": "Maren \u00d8stby - Topic", "album": "Low Water", "artists": ["Maren \u00d8stby"], "track": "What Time Is It: 4 A.M.?", "duration_seconds": 2.335, "view_count": 952443, "kind": "", "is_verified": null, "is_explicit": null, "release_year": 2019}',0.99,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "What Time Is It: 4 A.M.?"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 1.0, "weight": 0.31, "contribution": 0.31, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 1.0, "weight": 0.02, "contribution": 0.02, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby - Topic"}, {"name": "album", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Low Water"}]','chosen','','2026-12-01 14:07:23.900486');
INSERT INTO "candidates" VALUES(18,3,'ShantyDemo','mo3-WUEik59','http://127.0.0.1:41831/watch?v=mo3-WUEik59','Maren Østby - What Time Is It: 4 A.M.? (Lyrics)','{"uploader": "LyricLane", "channel": "LyricLane", "album": "", "artists": [], "track": "", "duration_seconds": 2.735, "view_count": 380977, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.9177,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - What Time Is It: 4 A.M.? (Lyrics)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.85, "weight": 0.31, "contribution": 0.2635, "note": "+0 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "LyricLane"}, {"name": "album", "value": 0.9177, "weight": 0.01, "contribution": 0.0092, "note": "unknown"}]','found','','2026-12-01 14:07:23.900486');
INSERT INTO "candidates" VALUES(19,3,'ShantyDemo','_jFavedp8x9','http://127.0.0.1:41831/watch?v=_jFavedp8x9','Maren Østby - What Time Is It: 4 A.M.? (sped up)','{"uploader": "nightcore.fm", "channel": "nightcore.fm", "album": "", "artists": [], "track": "", "duration_seconds": 1.821, "view_count": 857198, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.3488,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - What Time Is It: 4 A.M.? (sped up)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.736, "weight": 0.31, "contribution": 0.2282, "note": "-1 s"}, {"name": "other words", "value": 0.3333, "weight": 0.03, "contribution": 0.01, "note": "sped up"}, {"name": "presentation", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 0.5, "weight": 0.01, "contribution": 0.005, "note": "nightcore.fm"}, {"name": "album", "value": 0.8719, "weight": 0.01, "contribution": 0.0087, "note": "unknown"}, {"name": "unwanted version", "value": 0.4, "weight": 0.0, "contribution": -0.5231, "note": "sped up, nightcore (channel)"}]','found','','2026-12-01 14:07:23.900486');
INSERT INTO "candidates" VALUES(20,3,'ShantyDemo','BRKGPWUn7xh','http://127.0.0.1:41831/watch?v=BRKGPWUn7xh','Maren Østby - What Time Is It: 4 A.M.? (Official Video)','{"uploader": "Maren \u00d8stby", "channel": "Maren \u00d8stby", "album": "", "artists": [], "track": "", "duration_seconds": 25.335, "view_count": 2381107, "kind": "", "is_verified": null, "is_explicit": null, "release_year": null}',0.3283,'[{"name": "title", "value": 1.0, "weight": 0.37, "contribution": 0.37, "note": "Maren \u00d8stby - What Time Is It: 4 A.M.? (Official Video)"}, {"name": "artists", "value": 1.0, "weight": 0.23, "contribution": 0.23, "note": ""}, {"name": "duration", "value": 0.0, "weight": 0.31, "contribution": 0.0, "note": "+23 s"}, {"name": "other words", "value": 1.0, "weight": 0.03, "contribution": 0.03, "note": ""}, {"name": "presentation", "value": 0.0, "weight": 0.02, "contribution": 0.0, "note": ""}, {"name": "channel kind", "value": 0.5, "weight": 0.02, "contribution": 0.01, "note": ""}, {"name": "uploader", "value": 1.0, "weight": 0.01, "contribution": 0.01, "note": "Maren \u00d8stby"}, {"name": "album", "value": 0.6566, "weight": 0.01, "contribution": 0.0066, "note": "unknown"}, {"name": "wrong length", "value": 0.5, "weight": 0.0, "contribution": -0.3283, "note": "+23 s"}]','rejected','only shown to who is signed in (`shanty cookies import`)','2026-12-01 14:07:23.900486');
CREATE TABLE circuits (
	name VARCHAR(128) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	blocked_from DATETIME NOT NULL, 
	blocked_until DATETIME NOT NULL, 
	times INTEGER NOT NULL, 
	successes_missing INTEGER NOT NULL, 
	probe VARCHAR(64) NOT NULL, 
	reason TEXT NOT NULL, 
	opened_at DATETIME NOT NULL, kind VARCHAR(16) DEFAULT 'asked' NOT NULL, 
	CONSTRAINT pk_circuits PRIMARY KEY (name)
);
INSERT INTO "circuits" VALUES('0123456789abcdef','open','2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678901',7,7,'0123456789abcdef','Bär – 音楽','2026-01-02 03:04:05.678901','artist');
CREATE TABLE download_progress (
	item_id INTEGER NOT NULL, 
	lease_owner VARCHAR(64) NOT NULL, 
	downloaded_bytes BIGINT NOT NULL, 
	total_bytes BIGINT, 
	bytes_per_second FLOAT, 
	updated_at DATETIME NOT NULL, slot_at DATETIME, 
	CONSTRAINT pk_download_progress PRIMARY KEY (item_id), 
	CONSTRAINT fk_download_progress_item_id FOREIGN KEY(item_id) REFERENCES work_queue (id) ON DELETE CASCADE
);
INSERT INTO "download_progress" VALUES(1,'0123456789abcdef',7,7,0.5,'2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678901');
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
	updated_at DATETIME NOT NULL, checked_size BIGINT, checked_mtime_ns BIGINT, 
	CONSTRAINT pk_files PRIMARY KEY (track_id), 
	CONSTRAINT fk_files_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE, 
	CONSTRAINT fk_files_candidate_id FOREIGN KEY(candidate_id) REFERENCES candidates (id) ON DELETE SET NULL
);
INSERT INTO "files" VALUES(1,'/srv/music/library/Maren Østby/Low Water (2019)/01 Harbour Lights.opus',1,1,'edecee468eed6cc99e7ce05018a3d692ec8592df6edc6ed4ac630732e800ae1e','{"container": "ogg", "codec": "opus", "duration_seconds": 2.318, "bitrate": 42744, "sample_rate": 48000, "channels": 1, "size_bytes": 12512, "checksum": "b434a1bd454eaeece4197d0e4322197c1e596bc91a566301dc837819a225bb3e"}','2026-12-01 14:07:21.121575',23849,1796134041021489591);
INSERT INTO "files" VALUES(2,'/srv/music/library/Maren Østby/Low Water (2019)/02 Ferry _ Return.m4a',1,9,'e9570ff7200ac3927721c99d7f1f0032dc67ff0b93de4fa0e8d6afc4cf3bc52a','{"container": "mp4", "codec": "aac", "duration_seconds": 3.3473333333333333, "bitrate": 64447, "sample_rate": 48000, "channels": 1, "size_bytes": 28364, "checksum": "86a1bdb131316247411c99c3349b135e7435b0ffbce09176b4383b529f98a944"}','2026-12-01 14:07:23.717721',38526,1796134043603490529);
CREATE TABLE fingerprints (
	candidate_id INTEGER NOT NULL, 
	words BLOB NOT NULL, 
	taken_at DATETIME NOT NULL, 
	CONSTRAINT pk_fingerprints PRIMARY KEY (candidate_id), 
	CONSTRAINT fk_fingerprints_candidate_id FOREIGN KEY(candidate_id) REFERENCES candidates (id) ON DELETE CASCADE
);
INSERT INTO "fingerprints" VALUES(9,X'9FE17F039FE16F03FFE16D037FE16D033FE16D01','2026-12-01 14:07:23.134294');
CREATE TABLE folder_claims (
	folder_key VARCHAR(64) NOT NULL, 
	folder TEXT NOT NULL, 
	plain_key VARCHAR(64) NOT NULL, 
	addition TEXT NOT NULL, 
	holder_mbid VARCHAR(36) NOT NULL, 
	claimed_at DATETIME NOT NULL, 
	CONSTRAINT pk_folder_claims PRIMARY KEY (folder_key)
);
INSERT INTO "folder_claims" VALUES('e6b2c6e474fec51473557056155d899accf145c95d91171b655ed51dff4d685d','Maren Østby','e6b2c6e474fec51473557056155d899accf145c95d91171b655ed51dff4d685d','','6bc295c3-ee08-57f1-99ca-79fe5af9ea0c','2026-12-01 14:07:20.167374');
INSERT INTO "folder_claims" VALUES('7601f72a6b1af1605dba15a2a6b3c3838be8b1587060ee735557e21395336790','Maren Østby/Low Water (2019)','7601f72a6b1af1605dba15a2a6b3c3838be8b1587060ee735557e21395336790','','94aa3906-4b4d-5c98-9e69-76e0b0295222','2026-12-01 14:07:20.182144');
CREATE TABLE installation (
	id VARCHAR(8) NOT NULL, 
	CONSTRAINT pk_installation PRIMARY KEY (id)
);
INSERT INTO "installation" VALUES('547f6a27');
CREATE TABLE "journal" (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	run_id TEXT NOT NULL, 
	track_id INTEGER, 
	action VARCHAR(16) NOT NULL, 
	source_path TEXT NOT NULL, 
	target_path TEXT NOT NULL, 
	detail JSON NOT NULL, 
	status VARCHAR(16) DEFAULT 'done' NOT NULL, 
	owner VARCHAR(64), 
	checksum_before VARCHAR(64) DEFAULT '' NOT NULL, 
	checksum_after VARCHAR(64) DEFAULT '' NOT NULL, 
	undoes_id INTEGER, 
	is_reversal BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_journal PRIMARY KEY (id)
);
INSERT INTO "journal" VALUES(1,'2026-12-01 14:07:20.223241','9f3c1a52-0001-4000-8000-2f5a1be0c0de',1,'place','/srv/music/home/incoming/547f6a27-1/1/ShantyDemo-TWxhK3smpOz.audio-webm.converted.opus','/srv/music/library/Maren Østby/Low Water (2019)/01 Harbour Lights.opus','{"checksum": "d0b7362e65280de0df638d12ed02081760538a92071dfd5d960e7de7a35134da"}','done',NULL,'','',NULL,0);
INSERT INTO "journal" VALUES(2,'2026-12-01 14:07:20.973784','9f3c1a52-0001-4000-8000-2f5a1be0c0de',1,'cover','.','/srv/music/library/Maren Østby/Low Water (2019)/cover.png','{"size": 6911}','done','2f3cb5d106284d928ed181446044983c','','c5e6c896ff5aa309c3cdb978ce1c649559d40052b2947b035dc729ce040689bc',NULL,0);
INSERT INTO "journal" VALUES(3,'2026-12-01 14:07:21.082763','9f3c1a52-0001-4000-8000-2f5a1be0c0de',1,'tag','/srv/music/library/Maren Østby/Low Water (2019)/01 Harbour Lights.opus','/srv/music/library/Maren Østby/Low Water (2019)/01 Harbour Lights.opus','{"size": 23849, "mtime_ns": 1796134041021489591}','done','2f3cb5d106284d928ed181446044983c','d0b7362e65280de0df638d12ed02081760538a92071dfd5d960e7de7a35134da','edecee468eed6cc99e7ce05018a3d692ec8592df6edc6ed4ac630732e800ae1e',NULL,0);
INSERT INTO "journal" VALUES(4,'2026-12-01 14:07:23.239091','9f3c1a52-0001-4000-8000-2f5a1be0c0de',2,'place','/srv/music/home/incoming/547f6a27-2/9/ShantyDemo-1KX_mfpcDtM.audio-m4a.m4a','/srv/music/library/Maren Østby/Low Water (2019)/02 Ferry _ Return.m4a','{"checksum": "54e619235a308beb11407f5f7f4b60f8d5f17aad38baaedfaa135cc688cd6da9"}','done',NULL,'','',NULL,0);
INSERT INTO "journal" VALUES(5,'2026-12-01 14:07:23.643034','9f3c1a52-0001-4000-8000-2f5a1be0c0de',2,'tag','/srv/music/library/Maren Østby/Low Water (2019)/02 Ferry _ Return.m4a','/srv/music/library/Maren Østby/Low Water (2019)/02 Ferry _ Return.m4a','{"size": 38526, "mtime_ns": 1796134043603490529}','done','2f3cb5d106284d928ed181446044983c','54e619235a308beb11407f5f7f4b60f8d5f17aad38baaedfaa135cc688cd6da9','e9570ff7200ac3927721c99d7f1f0032dc67ff0b93de4fa0e8d6afc4cf3bc52a',NULL,0);
INSERT INTO "journal" VALUES(6,'2026-12-01 14:07:25.042181','9f3c1a52-0001-4000-8000-2f5a1be0c0de',3,'place','/srv/music/home/incoming/547f6a27-3/17/ShantyDemo-RZ8Y2kef75N.audio-mp3.mp3','/srv/music/library/Maren Østby/Low Water (2019)/03 What Time Is It_ 4 A.M._.mp3','{"checksum": "1873ed462c19477c814a066b094388cf419637aaaca96322f3839fb658f9bdf0"}','done',NULL,'','',NULL,0);
INSERT INTO "journal" VALUES(7,'2026-12-01 14:07:25.181967','9f3c1a52-0001-4000-8000-2f5a1be0c0de',3,'tag','/srv/music/library/Maren Østby/Low Water (2019)/03 What Time Is It_ 4 A.M._.mp3','/srv/music/library/Maren Østby/Low Water (2019)/03 What Time Is It_ 4 A.M._.mp3','{"size": 28217, "mtime_ns": 1796134045114154534}','done','2f3cb5d106284d928ed181446044983c','1873ed462c19477c814a066b094388cf419637aaaca96322f3839fb658f9bdf0','1e02b373c29e68b59a51e23ac9aeeb8bb464ef48b9b9f6786c41fbd861b9d6b3',NULL,0);
CREATE TABLE known_library (
	number INTEGER NOT NULL, 
	library_id VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_known_library PRIMARY KEY (number)
);
INSERT INTO "known_library" VALUES(1,'06a928d15fa7331244498d09135ef809');
CREATE TABLE looks (
	track_id INTEGER NOT NULL, 
	task_type VARCHAR(32) NOT NULL, 
	times INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_looks PRIMARY KEY (track_id, task_type), 
	CONSTRAINT fk_looks_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE
);
INSERT INTO "looks" VALUES(3,'download',7,'2026-01-02 03:04:05.678901');
CREATE TABLE loudness (
	track_id INTEGER NOT NULL, 
	blocks BLOB NOT NULL, 
	peak FLOAT NOT NULL, 
	is_in_album BOOLEAN NOT NULL, 
	measured_at DATETIME NOT NULL, 
	CONSTRAINT pk_loudness PRIMARY KEY (track_id), 
	CONSTRAINT fk_loudness_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE
);
INSERT INTO "loudness" VALUES(3,X'00FF2F6D75736963',0.5,1,'2026-01-02 03:04:05.678901');
CREATE TABLE lyrics_answers (
	track_id INTEGER NOT NULL, 
	answer VARCHAR(16) NOT NULL, 
	asked_at DATETIME NOT NULL, 
	CONSTRAINT pk_lyrics_answers PRIMARY KEY (track_id), 
	CONSTRAINT fk_lyrics_answers_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE
);
INSERT INTO "lyrics_answers" VALUES(3,'plain','2026-01-02 03:04:05.678901');
CREATE TABLE media_servers (
	server VARCHAR(16) NOT NULL, 
	told_id BIGINT NOT NULL, 
	retry_at DATETIME, 
	CONSTRAINT pk_media_servers PRIMARY KEY (server)
);
INSERT INTO "media_servers" VALUES('0123456789abcdef',7,'2026-01-02 03:04:05.678901');
CREATE TABLE merged_mbids (
	old_mbid VARCHAR(36) NOT NULL, 
	mbid VARCHAR(36) NOT NULL, 
	CONSTRAINT pk_merged_mbids PRIMARY KEY (old_mbid)
);
INSERT INTO "merged_mbids" VALUES('0123456789abcdef','0123456789abcdef');
CREATE TABLE notice_channels (
	channel VARCHAR(16) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	told_id BIGINT NOT NULL, 
	told_at DATETIME, 
	claimed_at DATETIME, 
	CONSTRAINT pk_notice_channels PRIMARY KEY (channel, kind)
);
INSERT INTO "notice_channels" VALUES('0123456789abcdef','artist',7,'2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678901');
CREATE TABLE notices (
	id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	line TEXT NOT NULL, 
	album TEXT NOT NULL, 
	noticed_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT pk_notices PRIMARY KEY (id)
);
INSERT INTO "notices" VALUES(7,'artist','0123456789abcdef','Bär – 音楽','Bär – 音楽','2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678901');
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
CREATE TABLE refusals (
	source VARCHAR(128) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	aspect VARCHAR(16) NOT NULL, 
	times INTEGER NOT NULL, 
	is_alone BOOLEAN NOT NULL, 
	refused_at DATETIME NOT NULL, 
	CONSTRAINT pk_refusals PRIMARY KEY (source, subject)
);
INSERT INTO "refusals" VALUES('0123456789abcdef','0123456789abcdef','search',7,1,'2026-01-02 03:04:05.678901');
CREATE TABLE release_groups (
	mbid VARCHAR(36) NOT NULL, 
	title TEXT NOT NULL, 
	first_release_date VARCHAR(10) NOT NULL, 
	document JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	release_key VARCHAR(64), 
	fetched_at DATETIME, 
	gone_at DATETIME, lacks INTEGER DEFAULT '0' NOT NULL, look_at DATETIME, 
	CONSTRAINT pk_release_groups PRIMARY KEY (mbid), 
	CONSTRAINT fk_release_groups_release_key FOREIGN KEY(release_key) REFERENCES releases ("key")
);
INSERT INTO "release_groups" VALUES('0123456789abcdef','Bär – 音楽','0123456789','{}','2026-01-02 03:04:05.678901','b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678901',7,'2026-01-02 03:04:05.678901');
CREATE TABLE releases (
	"key" VARCHAR(64) NOT NULL, 
	release_group_mbid VARCHAR(36) NOT NULL, 
	document JSON NOT NULL, 
	fetched_at DATETIME NOT NULL, 
	CONSTRAINT pk_releases PRIMARY KEY ("key")
);
INSERT INTO "releases" VALUES('b11a6d80-93f9-52a4-9a8e-0584d4daeec0','94aa3906-4b4d-5c98-9e69-76e0b0295222','{"mbid": "b11a6d80-93f9-52a4-9a8e-0584d4daeec0", "title": "Low Water", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "release_group": {"mbid": "94aa3906-4b4d-5c98-9e69-76e0b0295222", "title": "Low Water", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "primary_type": "Album", "first_release_date": "2019-03-08"}, "status": "Official", "country": "NO", "date": "2019-03-08", "barcode": "0019125003483", "label": "Fyrlykt Records", "catalog_number": "FR 101", "media": [{"position": 1, "format": "CD", "tracks": [{"mbid": "274e883a-4715-5425-b826-50c55fb54506", "position": 1, "number": "1", "title": "Harbour Lights", "recording": {"mbid": "e7728ed9-f302-5b61-86c1-e6f592196fad", "title": "Harbour Lights", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 2317, "isrcs": ["NOSHD1900000"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 2317}, {"mbid": "2c22e077-1b17-5efa-b88a-78751d9309d2", "position": 2, "number": "2", "title": "Ferry / Return", "recording": {"mbid": "9a2684df-0ff5-504a-9a76-83d76f6fcf6b", "title": "Ferry / Return", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3326, "isrcs": ["NOSHD1900001"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3326}, {"mbid": "2deba1ee-1a4b-59f5-b380-15deaab33301", "position": 3, "number": "3", "title": "What Time Is It: 4 A.M.?", "recording": {"mbid": "6e561f98-1c29-5abd-a246-de174717d4c4", "title": "What Time Is It: 4 A.M.?", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 2335, "isrcs": ["NOSHD1900002"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 2335}, {"mbid": "7ef78fb1-0e64-56ca-bf48-c8e574e5b7d2", "position": 4, "number": "4", "title": "Sj\u00f8syk", "recording": {"mbid": "749a5394-b79f-5221-b827-598181a67c29", "title": "Sj\u00f8syk", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3344, "isrcs": ["NOSHD1900003"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3344}, {"mbid": "ec2bff3c-a97f-5d28-b84a-e1bc4ed2bac7", "position": 5, "number": "5", "title": "Salt & Iron", "recording": {"mbid": "63194fc9-6fc3-5252-93f3-dd13aa703ba7", "title": "Salt & Iron", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby", "join_phrase": " feat. "}, {"artist": {"mbid": "0ecc833d-6821-5d5f-b695-fef91f6b9b1d", "name": "\u6708\u5149\u653e\u9001\u5c40", "sort_name": "Gekk\u014d H\u014ds\u014dkyoku"}, "name": "\u6708\u5149\u653e\u9001\u5c40"}]}, "length_ms": 2353, "isrcs": ["NOSHD1900004"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby", "join_phrase": " feat. "}, {"artist": {"mbid": "0ecc833d-6821-5d5f-b695-fef91f6b9b1d", "name": "\u6708\u5149\u653e\u9001\u5c40", "sort_name": "Gekk\u014d H\u014ds\u014dkyoku"}, "name": "\u6708\u5149\u653e\u9001\u5c40"}]}, "length_ms": 2353}, {"mbid": "b36e2163-1f0a-5740-95a6-bb504b639a81", "position": 6, "number": "6", "title": "Low Water", "recording": {"mbid": "3efad042-0ac2-506b-a8ab-f7002024b12b", "title": "Low Water", "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3362, "isrcs": ["NOSHD1900005"]}, "artist_credit": {"parts": [{"artist": {"mbid": "6bc295c3-ee08-57f1-99ca-79fe5af9ea0c", "name": "Maren \u00d8stby", "sort_name": "\u00d8stby, Maren"}, "name": "Maren \u00d8stby"}]}, "length_ms": 3362}], "track_count": 6}]}','2026-12-01 14:07:18.658845');
CREATE TABLE request_counts (
	service VARCHAR(32) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	number INTEGER NOT NULL, 
	CONSTRAINT pk_request_counts PRIMARY KEY (service, day)
);
INSERT INTO "request_counts" VALUES('musicbrainz','2026-12-01',4);
CREATE TABLE rule_exclusions (
	rule_id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	mbid VARCHAR(36) NOT NULL, 
	name TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_rule_exclusions PRIMARY KEY (rule_id, kind, mbid), 
	CONSTRAINT fk_rule_exclusions_rule_id FOREIGN KEY(rule_id) REFERENCES watch_rules (id) ON DELETE CASCADE
);
INSERT INTO "rule_exclusions" VALUES(3,'artist','0123456789abcdef','Bär – 音楽','2026-01-02 03:04:05.678901');
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
INSERT INTO "searches" VALUES(1,'demosearch8','Maren Østby - Harbour Lights','artist and title',8,'2026-12-01 14:07:19.595571');
INSERT INTO "searches" VALUES(2,'demosearch8','Maren Østby - Ferry / Return','artist and title',8,'2026-12-01 14:07:21.579648');
INSERT INTO "searches" VALUES(3,'demosearch8','Maren Østby - What Time Is It: 4 A.M.?','artist and title',8,'2026-12-01 14:07:23.924343');
CREATE TABLE set_aside (
	candidate_id INTEGER NOT NULL, 
	status_before VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_set_aside PRIMARY KEY (candidate_id), 
	CONSTRAINT fk_set_aside_candidate_id FOREIGN KEY(candidate_id) REFERENCES candidates (id) ON DELETE CASCADE
);
INSERT INTO "set_aside" VALUES(3,'found');
CREATE TABLE shanty_schema (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT shanty_schema_pkc PRIMARY KEY (version_num)
);
INSERT INTO "shanty_schema" VALUES('0021');
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
	updated_at DATETIME NOT NULL, searched_anew_at DATETIME, 
	CONSTRAINT pk_tracks PRIMARY KEY (id), 
	CONSTRAINT fk_tracks_release_key FOREIGN KEY(release_key) REFERENCES releases ("key"), 
	CONSTRAINT uq_tracks_recording_mbid UNIQUE (recording_mbid)
);
INSERT INTO "tracks" VALUES(1,'e7728ed9-f302-5b61-86c1-e6f592196fad','b11a6d80-93f9-52a4-9a8e-0584d4daeec0','274e883a-4715-5425-b826-50c55fb54506','Harbour Lights','Maren Østby','Low Water',2317,'in_library','',75,'2026-12-01 14:07:18.374482','2026-12-01 14:07:20.229213',NULL);
INSERT INTO "tracks" VALUES(2,'9a2684df-0ff5-504a-9a76-83d76f6fcf6b','b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2c22e077-1b17-5efa-b88a-78751d9309d2','Ferry / Return','Maren Østby','Low Water',3326,'wanted','',75,'2026-12-01 14:07:18.515117','2026-12-01 14:07:23.239393',NULL);
INSERT INTO "tracks" VALUES(3,'6e561f98-1c29-5abd-a246-de174717d4c4','b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2deba1ee-1a4b-59f5-b380-15deaab33301','What Time Is It: 4 A.M.?','Maren Østby','Low Water',2335,'failed','',75,'2026-12-01 14:07:18.658568','2026-12-01 14:07:25.042460',NULL);
CREATE TABLE trashed_files (
	id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	original_path TEXT NOT NULL, 
	track_id INTEGER, 
	run_id TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	checksum VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	document JSON NOT NULL, 
	trashed_at DATETIME NOT NULL, 
	CONSTRAINT pk_trashed_files PRIMARY KEY (id), 
	CONSTRAINT fk_trashed_files_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE SET NULL
);
INSERT INTO "trashed_files" VALUES(7,'Bär – 音楽','Bär – 音楽',3,'Bär – 音楽','Bär – 音楽','0123456789abcdef',7,'{}','2026-01-02 03:04:05.678901');
CREATE TABLE undo_deltas (
	journal_id INTEGER NOT NULL, 
	delta BLOB NOT NULL, 
	size BIGINT NOT NULL, 
	CONSTRAINT pk_undo_deltas PRIMARY KEY (journal_id), 
	CONSTRAINT fk_undo_deltas_journal_id FOREIGN KEY(journal_id) REFERENCES journal (id) ON DELETE CASCADE
);
INSERT INTO "undo_deltas" VALUES(3,X'534844310000000000005D290000000000000035000000000000077500000000000030D178DAEDD8BF4FE36618077093BC491CC7CE2FC771209033F19B3881841F095142A094975C4041C741B8E3281C8846E11AD39A62C78EE380A1ED72E3ADB776A854A952FF800E656FA56E5DBA76EC42874A55B7BA53A5AA1DBBBD1FE9591EE92BBD7ABEDB8BAE7A4319A18DDF56967F7E8C50837AF0FFD8BABFFFF6EBB76FEFDF04CB8BB5883057DA69B68FA7BC55A9AD6E0E2E554D3FDE3A681DB4115A991321B02921353DB350EE8484195FA6B48F36F6F3758E8CF2232F2C17E63BAFBFCB673CB5835E43F6449C752426034184F3BB5F3C242BE2CA91D2680296A326C657532C677FF67D7252AC5D76FD3355283D45CD76722A13A38F43BE72372E5484CA4E0BB509A658AAE7592E10ADDD91B00C8B176F7E4F57C4DACB7D59261877DC4FF11C11E5E20ABFC0C1F9AD4F7FAD56C5DA4973EB8064D8183D5711A7A35C24B8C65BAF7F2A5567971A1A2D94A5D59E73058F2B1CB4F4916AC99D0BFB70F4C2797320427AC980779C213CC03E3DDC6C2B9AA69CDC3C6F224427412E112298249FAFDBBAD6BF6D34518B066389A4023DCF9D2CE97203C61A2BAC14733395DD4A343057CE96AC46B3E92278724C88876234C1D70F7C6CA76F5CEFA1167203F7784A04F6A17E74DBD70D6D6074B4FE3A425773B0EEB2E9E0BB8131C3D2F4D1ED99B344611E168928E0A792849D2B8A0BAB4FDA3DC4A643454F184439C01213F69A247941CA5FDCDB404A84F003224C070510E2D8E455561A3975FB53719272B320110BD438364B888CCF86667F7059C8C88A7472D86C1AA2A1A21B3DAB2AD94F668F655DB58C253F7DF78F2C0B66BD79DECBB184979E64ECAE39A0CE765F0A8A699E9AB23AD0CDF3F9C3EE5031FA8BA7A792680CB51B7DD4428804FE0474B3592A9B9A74AA0B534EB6ACAAC136BBA729377DEA5A567561786E042FA0A20D3F3CA10719213B9D1BDCFD9D1DF8EA1AEF4E33C0390570810F12ABFCE3BD21E5D72C6DB86EE68619C54CF73F926D38BC36FAA7054D1CE92DBBDBD5ADEDDEB3C952948463CBF94028992A84535494A33CE62B29AB5B66DDDC2C40A7EAE65DF57DC5D241C9DEB3249749056FA0A005EDED06A2E35157D8C71324E39E98F1B86380484F255C1C193C7E5506BAB52FBCD794A0365A1FDE6654E5DACA95E4BE256515C8A85018A56F5BED36C70660E2518976A7232F8E9E3A8D2E870304C5D11CF5C8D29FA0C651044E11CC14BB484DB8ECE166EF595B24A39059CB1080B54FB6AF14C32BBCE38FC0F38F195BDD411BDBDE890E589B772FC1258226300CC3FE95D799C55F3E3FC397C0300CC3300CC3300CC3300CC330EC3FFDF591F8CD977F7C852F8161188661188661188661188661D8FFC6E5CCC30F23F64F2700E8C6',1018);
INSERT INTO "undo_deltas" VALUES(5,X'53484431000000000000967E000000000000001E0000000000006DF60000000000000D5378DA8DD67B5493F71907F037880C266E815E0613EB1B20DCF48D090424566B1283C0E4221074B5B0E5CDFBBE9148DE37B737DC8C1A773C16BB1EAB1EAD545BA5DEA9C5BBD64B9DB3F5B2BAAE9D3B9DAE9E6D472697A2B27A1963D2E3B6EF0F61C59D9D1DFF7FF2E4F33CBFDFF3BCBF98AECFB9923ACAB8A1D8595773277325455165AB9414455F56869D0E592630ADD48AB4D95114A514221514B53D5A45298C1B54E114D53C12AC180AA6284BBC99A242696322470753FF154C85D1979FDD22FBD43E04FFB12ACDC62378DCA8E0B143C161EED6FF30282A2F8E644E9FFD6466D393998D4F321689BCCC213841F86C79E53043D1ACBDDD4A5195C3E6881891F624213852E3AAE19F349F0D51AF99922BCF0F999982FD41CF48E657A62C9546339EF9C6BA982FE8ADBAE1127C081EF361F18E653C82A374624D67DAB7E6553505920399E3785F9F7554EB12EA7D2E1E9915A13463B35FF6452178F19586727EB875AB51E0425175D83BDC0DC57081B3495292F974E29079BBA59EF7936E8C095D89C8A614F4676B7F16FA4178F450F0890F28EAF6F5F12B42A13D13DBE67719D7BFBB32A4780DC1B45F7D9F1BCE1C86CC6F53A129C41C234486B5A2C0997E396B60B8CFF8BFB25771286710ACA02C132EFBE507E5A30E651D184760EE44F0200AEC47EBCE23F36A746325184530B72078038283306F47816DC8FC10DDF839BAB1038C53612F6E363DA0A8BDBB0A2D57AD14D589624FA3D85DF8972FF12F1BD1F3B3E8CC019044F8B7A18D67E0FF29FCABE17F1FC5AE00E90D90CEC17F029D51C17F04FEE3F0EBE03F09FF369CE697E8CC1AF8B7C17F12FEB5F0FF13FE2DF0CF82FF2EFCADF0EF87FF10FC49F0B7C37F14FE45F0EF80FF3CFCEBE0DF0DFF11F857E2066E82F908CC4761BE05F3BB309F86792FCC3930BF03F36E9803309F80F920CC8F603E05F35E98CFC23C06E64D30A3B6B259C3E61698EFC0FC2ACCED30BF03732BCC7F86F95730C7C17C1FE637613E06F36198B361BE00733BCC4A988FC2BC13E635307F0AF3DEA19E3FEEF37A98F13BE54398B7C17C0DE6233067C0BC0566FC8E8E837917CC1FC17C1DE666982FC27C0AE61930EF80F96398A7C0DC0CF356986FC1FC3ACCAD307F04F30198EFC1DC067301CC1D30B7C0BC0EE6CB3067C17C0CE616981530B7C27C0DE956C2BC11E6B7603E03F31D985B614EF0CBFEEF0ECFA38232AED2C2BCDE74D3C32B10EC7317ED1EBEDB8A7F2D47E604BF2FAC81042F2B71B98617CE01644670C21F02965F78C3A8E80D72AACC861E0FAFC526B87C236BC1C93B072BFEE6717DBB24A9C80B1E8D5F46B0A64DF24682F1C245B19245304DA646EEF0F91ABD6DDA72C17AD6EE4281336F9BCABF200CDE1BE3046307C93CBEBF8295E8B9EF0DC8F6466456B59976FB5060F5D2A421C6D0FAB548F574BF5829F8C048967D37AB608ECBEEE1D9517B2F2CA419322F71D5F86B617E9E57DD308E5A9231580B9795741BAFB6A1CF9B8B12832C3247916EBC14A333883B63D3B5B908CE6798E03E1438634F80934866CEDD1791D8E07105E6B29501E9D27298CB068D4E81642ECEB3C45D4270E67E6F1D8BE0D964E150456044A8A7300C1809A2BABF9430CA6E8B1A56F5F7A0A029DC2AB8043F323352475E0A31A72DF539B91BCB8C4E69FA515B8D3DD0157B1521DAFE003DBBF4ECB23A5F238263F98EAAC4C7DB494195F4A175F3C493D1E9C8ACE91558891C0A57BAE725CEE3490BBA9CD6FE39294B9079A9C3260AE4044B63FFE4282E319DAF3D672A4737C279D6BA6F64A3661E8C6F42E6B9053093BD270AAA41B2F76E57F76A588FEA5640E394CF2E5BE447813689ED2B267DAE562EA9E1CCBF150BA426DBEF8B1D0171AFE3914740E6B1A333B3777E94238091F314DD881FE9464A61A5A9A86FAEBBB238EC8A1FC15BE777C9ECD009E2B8E7CFA375721A4EF0C65849CDE0049F7509ECA7E422257D5394C17AFEF1930E8DD39AFC55C08F60BD8B1555F1E6370F2B0F7FA79633AF7165389AE8B2A8C5B248DF6B30CA812C4C621CDF3BA70B37641EB9D5A5EFD7D5724E7500F9AF3E45FEC8C7F929EAEB85196EA7E48D72D964D2ED1F0EDF3DF2FDA232D90FD219ED333DF4745CD41237C3B493111003E10E72F7DC25A246D5595623683A1CF724C18F738C974C7B02E456CF5716E67FE208B3D02F57262F44F0891AA3CC8EBC138E6B7586E0F124461B871198C738F56EDC3DBD466425F249E2DC9F271A3D9E29F7BE2F5A03DD0B0650A0E92BAF28907929AC787E21CC6F8F1E01B3545110BE2B4EAFD59E1803B335B86F268302A3DD029B410ABC99AF49613DB62871AAD37ACD6EF163C63317B3621F29D0ACFCA2A2D42220F3445E2D268D3C57E84A43AE2E73D38C982C7DC31E5C27EBAE496D0C6667F352812D2163CB4D965DACE7AE2525C56915C6893E302696B2A29A7CFA8B3EF19CC31895BD25B3B2E9F13737DE3CA7F1BE653A27D366AA56F2F1577028154F3102752323608AFD65CD026B05C6368167D53D386E156114AB6B53257AF6416DD0DE88D6BDCC306FA870DC550F2D8244669C738BCB7B6C1E575E67E3FC80A45A8C6EB4CC491404F2E9371699074CB6726BD4A5C002C2B8C1CAECC8B3B094F5A9EAED1FB73CA852E1FDA2EC7A8A1148FB5F0BC1CFBA845E53076DF569BB96D0851698F5A3FB9C18313D4BD06E7C315A67F7EE88D6098EDE49DDB9B96CF050DAB4EC98FDE93AAD819E0CF3C3A7B8CFBA91FBFC9B6A2DCB99EDE1ACBB89BEB9ACD2E9D71FADB1C11C31BA40BD9DABA3EBB9ACF6E294DC5C465D2E6919C316B791998663D2B18E430BBAB41CC616377E7C0FFA9C901E4C92C8E3ADD62DBE14DEE07509AF0B8180A4EEC171A77657F40A644B5707FC856DE51ED699C1D94DAEBF546BD24C3E3E7A49802EBC08B33EB9BF1261CD5964A52FEAF4671A9E6B4B9A2A08B2CA9D3DAD3B5ED219386FC1AC5C87B049CC3708AA9D66F43912B78E41E6685130ED241F8BD4BAA91AF6EE8FA78A1AA745E9E0FDD8785112CBDC231BEF42FE80933327F5344A4D544B4012D869417BBEEFEBEAACB442F248CEE6D9ABE2C8F3DBF06145579641BB685FB25D6FE951B3865C279D9A63689F1410B5767A814E9F99B916E686FF7745371E9B209151919CDB7EF742E7E166DE5AEFE4AEDB929CD26054A08EE51E648EE371CCCFD958F9612C7927A7ABC20DEC7BC94D7ABE3B3CC6EEC83E96EAD3B3ED4A63560ED3AA4A9996D33D297F91236710B10DEDE1E47F5BBE375560FF8A9F51DCC072326E79960CA7B52F98EA475E0546F8512C39EFAA729133DFF24F969A5A6BC8363FF14A0AEED7C43C41665B62CD0AC4AA1C3ADDC3E4945C6DBB32D66E60DA732DA1ECAD79DEB22BDAEC5C3DE3CD50FF3A75CCE17F03DD9BECD2',2456);
INSERT INTO "undo_deltas" VALUES(7,X'534844310000000000006E3900000000000000080000000000004F14000000000000040578DA85915F4C1B751CC0BFFD437691066E5B441824DE31B6B2B81B77470BAD4868EF7A14364A4B7BD51BC2E0777F90CA4AFF5CAF0CD00D95E0A2C91E4C8D8D46A338E75CC4916D282F33212C2C2C2443B3C5653E18926D71D118449D2E4814127D33F1FD93CFC3E7737BDBD3AD62B68C835D63D59E9E7EA40A5DFD71ED65214CB43A3E33D184F7CC89734D209AE64900E20A6EB604F60CD807097E9A7E411EC6994EEE104CDAAA00F88F8B5810178F2F0040E7046E690B5EA6A328430E7062E8FA288F4101AE15D235CCA4A485794F8EC4005E874B8C9B42338DB48B78AFDBEF035F5933C02B03DB30D1D7538F99C03669AB64E9D494CD514BCD3E322E860465028722E2DACE204A9343F27CFE972E3205225F7FC804F0A98DB4B4175F8D7918F7ACF912CD42C1CD1E16886B8F9BC1F2EA4B4C467E68550494360AB16824B86623A1D893ABBC9AD7FF0C6DEC2702F4AFC62064DE163C003E8C03CB4207A30E0FA842A7AA2496FBC320962E0D5B01DE61C72D89B46B657810B55D34943464F7E96EB8912C0F01E03A66B27857A5FE88B83377544B6BF776F8F37AA6F62F5C948EBD819BA1C457E6E5BD3762C57E7FBB507DD017863B474C0C9DCA195D9274921D7F0C207CA523CC274E45CD346D103AEB9C2E4D3EE5AAC599D06169B3F3939B9D6FC69BA381C5DEE5D688689EE84669E1343D97D7E9D106106F25CB37B316699839607CA5715C9ADC081E27BC77423FC709B1FA8101A8EDAC9600B1C2BB0B60AC90C72C01AD04C95C7A5E0B8E10A63FF8549CF8B6F96EC6D03BEE67FB62FC87A9C17FE1A2FF846F3FF3BD8674C79948C268FF521E85F6C2B21249BA55CD630D80F709193D36D71E41B1033F9984A3F246CFE956156ABF20519D6F8DA871D756120927BB5231C82097D1E272B81C0B2E01697B7EDF6E8D36CF65C7011A3A268E6532A1D5262A6ED4274939BDE2A5D20712B219ABD79CB946BFDB15FF88AB73539723F7540A2917F652AAB06EAFAB67F417B38AE39F298737A704BE39D1A270EC6F2DCF8F108B9ED5989E495DCF401DF7496583531972D8357AB620DBD4C734763132A2DE74FA3527B9568A10FD03BB2C4952C704CE01B1D83DA4C7ECCFD22876EA83235DAA6CC489D6B1F9A1B716CEF60AD63A799D18752A17AD3E44BB66EC461F3385973E87A8F34F5469CE95E0966B7DC7569B7DA49587FCF66243BF7F50C9A2D8837E39ACFDD8E619D288EF7A2923F9FEA6CCED78A8A7DCF4E7D647FB1CEA8C9D74BBA6701FEBA6CE57D96979BABC9461D973FF275BEADDAD0C6CC9587523B99BD1EE5A71CD21CF34557C4DBDD63C625BA218A7BABFAA66EFBBA9C805E66F64AB54C1',999);
CREATE TABLE wanted_logins (
	candidate_id INTEGER NOT NULL, 
	generation VARCHAR(16) NOT NULL, 
	status_before VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_wanted_logins PRIMARY KEY (candidate_id), 
	CONSTRAINT fk_wanted_logins_candidate_id FOREIGN KEY(candidate_id) REFERENCES candidates (id) ON DELETE CASCADE
);
INSERT INTO "wanted_logins" VALUES(3,'0123456789abcdef','found');
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
INSERT INTO "watch_rules" VALUES(1,'track','e7728ed9-f302-5b61-86c1-e6f592196fad','Maren Østby – Harbour Lights','null',1,'b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2026-12-01 14:07:18.264028','2026-12-01 14:07:18.411776');
INSERT INTO "watch_rules" VALUES(2,'track','9a2684df-0ff5-504a-9a76-83d76f6fcf6b','Maren Østby – Ferry / Return','null',1,'b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2026-12-01 14:07:18.503915','2026-12-01 14:07:18.517035');
INSERT INTO "watch_rules" VALUES(3,'track','6e561f98-1c29-5abd-a246-de174717d4c4','Maren Østby – What Time Is It: 4 A.M.?','null',1,'b11a6d80-93f9-52a4-9a8e-0584d4daeec0','2026-12-01 14:07:18.615409','2026-12-01 14:07:18.668274');
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
	error TEXT, turn INTEGER DEFAULT '0' NOT NULL, source VARCHAR(128) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_work_queue PRIMARY KEY (id), 
	CONSTRAINT fk_work_queue_track_id FOREIGN KEY(track_id) REFERENCES tracks (id) ON DELETE CASCADE
);
INSERT INTO "work_queue" VALUES(1,1,'download','completed',75,6,1,8,'2026-12-01 14:07:18.676379',NULL,'{}','2026-12-01 14:07:18.676379','2026-12-01 14:07:18.689248','2026-12-01 14:07:20.056624',NULL,NULL,1,'');
INSERT INTO "work_queue" VALUES(2,2,'download','completed',75,6,1,8,'2026-12-01 14:07:18.676379',NULL,'{}','2026-12-01 14:07:18.676379','2026-12-01 14:07:21.205444','2026-12-01 14:07:23.135076',NULL,NULL,2,'');
INSERT INTO "work_queue" VALUES(3,3,'download','failed',75,6,1,8,'2026-12-01 14:07:18.676379',NULL,'{}','2026-12-01 14:07:18.676379','2026-12-01 14:07:23.719452','2026-12-01 14:07:18.676379',NULL,'no candidate',3,'');
INSERT INTO "work_queue" VALUES(4,1,'index','completed',75,5,1,8,'2026-12-01 14:07:20.056624',NULL,'{}','2026-12-01 14:07:20.056624','2026-12-01 14:07:20.056624','2026-12-01 14:07:20.078045',NULL,NULL,0,'');
INSERT INTO "work_queue" VALUES(5,1,'tag','completed',75,4,1,8,'2026-12-01 14:07:20.078045',NULL,'{}','2026-12-01 14:07:20.078045','2026-12-01 14:07:20.078045','2026-12-01 14:07:20.122581',NULL,NULL,0,'');
INSERT INTO "work_queue" VALUES(6,1,'organize','completed',75,3,1,8,'2026-12-01 14:07:20.122581',NULL,'{}','2026-12-01 14:07:20.122581','2026-12-01 14:07:20.122581','2026-12-01 14:07:20.229892',NULL,NULL,0,'');
INSERT INTO "work_queue" VALUES(7,1,'enrich','completed',75,2,1,8,'2026-12-01 14:07:20.229892',NULL,'{}','2026-12-01 14:07:20.229892','2026-12-01 14:07:20.229892','2026-12-01 14:07:21.122647',NULL,NULL,0,'');
INSERT INTO "work_queue" VALUES(8,2,'index','completed',75,5,1,8,'2026-12-01 14:07:23.135076',NULL,'{}','2026-12-01 14:07:23.135076','2026-12-01 14:07:23.135076','2026-12-01 14:07:23.137802',NULL,NULL,0,'');
INSERT INTO "work_queue" VALUES(9,2,'tag','completed',75,4,1,8,'2026-12-01 14:07:23.137802',NULL,'{}','2026-12-01 14:07:23.137802','2026-12-01 14:07:23.137802','2026-12-01 14:07:23.142117',NULL,NULL,0,'');
INSERT INTO "work_queue" VALUES(10,2,'organize','completed',75,3,1,8,'2026-12-01 14:07:23.142117',NULL,'{}','2026-12-01 14:07:23.142117','2026-12-01 14:07:23.142117','2026-12-01 14:07:23.239622',NULL,NULL,0,'');
INSERT INTO "work_queue" VALUES(11,2,'enrich','pending',75,2,1,8,'2026-12-01 14:07:23.239622',NULL,'{}','2026-12-01 14:07:23.239622',NULL,NULL,NULL,NULL,0,'');
CREATE TABLE workers (
	id VARCHAR(64) NOT NULL, 
	flow_run_id VARCHAR(64), 
	job VARCHAR(32) NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	process_started_at FLOAT NOT NULL, 
	started_at DATETIME NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	heartbeat_monotonic FLOAT NOT NULL, home TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_workers PRIMARY KEY (id)
);
INSERT INTO "workers" VALUES('2f3cb5d106284d928ed181446044983c',NULL,'pipeline','studio/0123456789ab',22064,7.26344000005722045896e+03,'2026-12-01 14:07:18.685320','2026-12-01 14:07:25.130429',7274.049293977,'');
CREATE INDEX ix_releases_release_group_mbid ON releases (release_group_mbid);
CREATE INDEX ix_artist_groups_group_mbid ON artist_groups (group_mbid);
CREATE INDEX ix_tracks_release_key ON tracks (release_key);
CREATE INDEX ix_rule_groups_group_mbid ON rule_groups (group_mbid);
CREATE INDEX ix_rule_tracks_track_id ON rule_tracks (track_id);
CREATE INDEX ix_rule_tracks_group_mbid ON rule_tracks (group_mbid);
CREATE INDEX ix_files_path ON files (path);
CREATE INDEX ix_owned_files_recording_mbid ON owned_files (recording_mbid);
CREATE INDEX ix_owned_files_name_key ON owned_files (name_key);
CREATE INDEX ix_owned_files_track_id ON owned_files (track_id);
CREATE INDEX ix_owned_isrcs_path_key ON owned_isrcs (path_key);
CREATE UNIQUE INDEX uq_work_queue_live ON work_queue (track_id, task_type) WHERE completed_at IS NULL;
CREATE INDEX ix_work_queue_ended ON work_queue (task_type, status, completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX ix_journal_run_id ON journal (run_id);
CREATE INDEX ix_journal_track_id ON journal (track_id);
CREATE UNIQUE INDEX uq_journal_open ON journal (track_id) WHERE status = 'intended';
CREATE INDEX ix_trashed_files_path ON trashed_files (path);
CREATE INDEX ix_trashed_files_track_id ON trashed_files (track_id);
CREATE INDEX ix_work_queue_due ON work_queue (priority, stages_left, turn, id) WHERE status = 'pending';
CREATE INDEX ix_looks_at ON looks (at);
CREATE UNIQUE INDEX uq_notices_open ON notices (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX ix_folder_claims_holder ON folder_claims (holder_mbid, plain_key);
CREATE INDEX ix_tracks_status_release_key ON tracks (status, release_key);
CREATE INDEX ix_journal_source_path ON journal (source_path);
CREATE INDEX ix_journal_target_path ON journal (target_path);
COMMIT;
