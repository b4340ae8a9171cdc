BEGIN TRANSACTION;
CREATE TABLE album_attributes (
                    id INTEGER PRIMARY KEY,
                    entity_id INTEGER,
                    key TEXT,
                    value TEXT,
                    UNIQUE(entity_id, key) ON CONFLICT REPLACE);
CREATE TABLE albums (added REAL, album TEXT, albumartist TEXT, albumartist_credit TEXT, albumartist_sort TEXT, albumartists TEXT, albumartists_credit TEXT, albumartists_sort TEXT, albumdisambig TEXT, albumstatus TEXT, albumtype TEXT, albumtypes TEXT, artpath BLOB, asin TEXT, barcode TEXT, catalognum TEXT, comp INTEGER, country TEXT, day INTEGER, discogs_albumid INTEGER, discogs_artistid INTEGER, discogs_labelid INTEGER, disctotal INTEGER, genres TEXT, id INTEGER PRIMARY KEY, label TEXT, language TEXT, mb_albumartistid TEXT, mb_albumartistids TEXT, mb_albumid TEXT, mb_releasegroupid TEXT, month INTEGER, original_day INTEGER, original_month INTEGER, original_year INTEGER, r128_album_gain REAL, release_group_title TEXT, releasegroupdisambig TEXT, rg_album_gain REAL, rg_album_peak REAL, script TEXT, style TEXT, year INTEGER);
INSERT INTO "albums" VALUES(1.79611259852185940746e+09,'Jazz','Queen','','Queen','','','','','','album','album',NULL,'','','',0,'',0,0,0,0,0,'',1,'','','0383dadf-2a4e-4d10-a46a-e9e041da8eb3','','','9dccb5d3-ebe9-3f9b-b2e4-4dcbd43bff5e',0,10,11,1978,NULL,'','',NULL,NULL,'','',0);
INSERT INTO "albums" VALUES(1.796112598576602459e+09,'Live Killers','Queen','','Queen','','','','','','live','album; live',NULL,'','','',0,'',0,0,0,0,0,'',2,'','','0383dadf-2a4e-4d10-a46a-e9e041da8eb3','','','2f6ec5d2-8a2d-36b9-9a4a-6fd4f8ba4bcc',0,0,6,1979,NULL,'','',NULL,NULL,'','',0);
INSERT INTO "albums" VALUES(1.79611259860564589493e+09,'Sampler','Various Artists','','','','','','','','compilation','album; compilation',NULL,'','','',1,'',0,0,0,0,0,'',3,'','','89ad4ac3-39f7-470e-963a-56509c546377','','','',0,0,0,0,NULL,'','',NULL,NULL,'','',0);
INSERT INTO "albums" VALUES(1.7961125986469330788e+09,'From Discogs','Discogs Band','','','','','','','','','',NULL,'','','',0,'',0,0,0,0,0,'',4,'','','123456','','','654321',0,0,0,0,NULL,'','',NULL,NULL,'','',0);
INSERT INTO "albums" VALUES(1.79611259867785811421e+09,'Ohne','Brüder','','','','','','','','','',NULL,'','','',0,'',0,0,0,0,0,'',5,'','','','','','',0,0,0,0,NULL,'','',NULL,NULL,'','',0);
CREATE TABLE item_attributes (
                    id INTEGER PRIMARY KEY,
                    entity_id INTEGER,
                    key TEXT,
                    value TEXT,
                    UNIQUE(entity_id, key) ON CONFLICT REPLACE);
INSERT INTO "item_attributes" VALUES(1,5,'data_source','Discogs');
CREATE TABLE items (acoustid_fingerprint TEXT, acoustid_id TEXT, added REAL, album TEXT, album_id INTEGER, albumartist TEXT, albumartist_credit TEXT, albumartist_sort TEXT, albumartists TEXT, albumartists_credit TEXT, albumartists_sort TEXT, albumdisambig TEXT, albumstatus TEXT, albumtype TEXT, albumtypes TEXT, arrangers TEXT, arrangers_ids TEXT, artist TEXT, artist_credit TEXT, artist_sort TEXT, artists TEXT, artists_credit TEXT, artists_ids TEXT, artists_sort TEXT, asin TEXT, barcode TEXT, bitdepth INTEGER, bitrate INTEGER, bitrate_mode TEXT, bpm INTEGER, catalognum TEXT, channels INTEGER, comments TEXT, comp INTEGER, composer_sort TEXT, composers TEXT, composers_ids TEXT, country TEXT, day INTEGER, disc INTEGER, discogs_albumid INTEGER, discogs_artistid INTEGER, discogs_labelid INTEGER, disctitle TEXT, disctotal INTEGER, encoder TEXT, encoder_info TEXT, encoder_settings TEXT, format TEXT, genres TEXT, grouping TEXT, id INTEGER PRIMARY KEY, initial_key TEXT, isrc TEXT, label TEXT, language TEXT, length REAL, lyricists TEXT, lyricists_ids TEXT, lyrics TEXT, mb_albumartistid TEXT, mb_albumartistids TEXT, mb_albumid TEXT, mb_artistid TEXT, mb_artistids TEXT, mb_releasegroupid TEXT, mb_releasetrackid TEXT, mb_trackid TEXT, mb_workid TEXT, media TEXT, month INTEGER, mtime REAL, original_day INTEGER, original_month INTEGER, original_year INTEGER, path BLOB, r128_album_gain REAL, r128_track_gain REAL, release_group_title TEXT, releasegroupdisambig TEXT, remixers TEXT, remixers_ids TEXT, rg_album_gain REAL, rg_album_peak REAL, rg_track_gain REAL, rg_track_peak REAL, samplerate INTEGER, script TEXT, style TEXT, subtitle TEXT, title TEXT, track INTEGER, trackdisambig TEXT, tracktotal INTEGER, work TEXT, work_disambig TEXT, year INTEGER);
INSERT INTO "items" VALUES('','',1.79611259852311038972e+09,'Jazz',1,'Queen','','Queen','','','','','','album','album','','','Queen','','','','','','','','',0,0,'',0,'',0,'',0,'','','','',0,0,0,0,0,'',0,'','','','','','',1,NULL,'','','',0.0,'','','','0383dadf-2a4e-4d10-a46a-e9e041da8eb3','','','','','9dccb5d3-ebe9-3f9b-b2e4-4dcbd43bff5e','','a3a9ce5e-3d4a-4e7a-a9a6-4c2d0f5ea9d8','','',0,0.0,10,11,1978,X'517565656E2F4A617A7A2F3031204D757374617068612E666C6163',NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0,'','','','Mustapha',1,'',0,'','',0);
INSERT INTO "items" VALUES('','',1.79611259852410411839e+09,'Jazz',1,'Queen','','Queen','','','','','','album','album','','','Queen','','','','','','','','',0,0,'',0,'',0,'',0,'','','','',0,0,0,0,0,'',0,'','','','','','',2,NULL,'','','',0.0,'','','','0383dadf-2a4e-4d10-a46a-e9e041da8eb3','','','','','9dccb5d3-ebe9-3f9b-b2e4-4dcbd43bff5e','','','','',0,0.0,10,11,1978,X'517565656E2F4A617A7A2F30322046617420426F74746F6D6564204769726C732E666C6163',NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0,'','','','Fat Bottomed Girls',2,'',0,'','',0);
INSERT INTO "items" VALUES('','',1.79611259857716155053e+09,'Live Killers',2,'Queen','','Queen','','','','','','live','album; live','','','Queen','','','','','','','','',0,0,'',0,'',0,'',0,'','','','',0,0,0,0,0,'',0,'','','','','','',3,NULL,'','','',0.0,'','','','0383dadf-2a4e-4d10-a46a-e9e041da8eb3','','','','','2f6ec5d2-8a2d-36b9-9a4a-6fd4f8ba4bcc','','','','',0,0.0,0,6,1979,X'517565656E2F4C697665204B696C6C6572732F30312057652057696C6C20526F636B20596F752E666C6163',NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0,'','','','We Will Rock You',1,'',0,'','',0);
INSERT INTO "items" VALUES('','',1.7961125986062905788e+09,'Sampler',3,'Various Artists','','','','','','','','compilation','album; compilation','','','Various Artists','','','','','','','','',0,0,'',0,'',0,'',1,'','','','',0,0,0,0,0,'',0,'','','','','','',4,NULL,'','','',0.0,'','','','89ad4ac3-39f7-470e-963a-56509c546377','','','','','','','','','',0,0.0,0,0,0,X'566172696F757320417274697374732F53616D706C65722F303120536F6E672E666C6163',NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0,'','','','Song',1,'',0,'','',0);
INSERT INTO "items" VALUES('','',1.79611259864762616155e+09,'From Discogs',4,'Discogs Band','','','','','','','','','','','','Discogs Band','','','','','','','','',0,0,'',0,'',0,'',0,'','','','',0,0,0,0,0,'',0,'','','','','','',5,NULL,'','','',0.0,'','','','123456','','','','','654321','','','','',0,0.0,0,0,0,X'446973636F67732042616E642F46726F6D20446973636F67732F303120536F6E672E666C6163',NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0,'','','','Song',1,'',0,'','',0);
INSERT INTO "items" VALUES('','',1.79611259867841339108e+09,'Ohne',5,'Brüder','','','','','','','','','','','','Brüder','','','','','','','','',0,0,'',0,'',0,'',0,'','','','',0,0,0,0,0,'',0,'','','','','','',6,NULL,'','','',0.0,'','','','','','','','','','','','','',0,0.0,0,0,0,X'4272C3BC6465722F4F686E652F3031204C6965642E666C6163',NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0,'','','','Lied',1,'',0,'','',0);
INSERT INTO "items" VALUES('','',1.79611259872981262209e+09,'',NULL,'','','','','','','','','','','','','Somebody','','','','','','','','',0,0,'',0,'',0,'',0,'','','','',0,0,0,0,0,'',0,'','','','','','',7,NULL,'','','',0.0,'','','','','','','','','','','','','',0,0.0,0,0,0,X'53696E676C65732F636166E92E666C6163',NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0,'','','','Alone',0,'',0,'','',0);
CREATE TABLE migrations (
                    name TEXT NOT NULL,
                    table_name TEXT NOT NULL,
                    PRIMARY KEY(name, table_name)
                );
INSERT INTO "migrations" VALUES('multi_genre_field','items');
INSERT INTO "migrations" VALUES('multi_genre_field','albums');
INSERT INTO "migrations" VALUES('lyrics_metadata_in_flex_fields','items');
INSERT INTO "migrations" VALUES('multi_remixer_field','items');
INSERT INTO "migrations" VALUES('multi_lyricist_field','items');
INSERT INTO "migrations" VALUES('multi_composer_field','items');
INSERT INTO "migrations" VALUES('multi_arranger_field','items');
INSERT INTO "migrations" VALUES('relative_path','items');
INSERT INTO "migrations" VALUES('relative_path','albums');
INSERT INTO "migrations" VALUES('remove_inherited_artpath','items');
INSERT INTO "migrations" VALUES('instrumental_lyrics_in_flex_field','items');
CREATE INDEX item_attributes_by_entity
                    ON item_attributes (entity_id);
CREATE INDEX idx_item_album_id ON items (album_id);
CREATE INDEX album_attributes_by_entity
                    ON album_attributes (entity_id);
COMMIT;
