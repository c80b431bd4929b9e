CREATE TABLE operator (
  operator     text COLLATE "C" NOT NULL PRIMARY KEY,
  name         text COLLATE "C" NOT NULL,
  role         text COLLATE "C" NOT NULL,
  pin_hash     text COLLATE "C" NOT NULL,
  failed       bigint           NOT NULL DEFAULT 0,
  failed_at_ms bigint           NOT NULL DEFAULT 0
);

CREATE TABLE parted (
  member  text COLLATE "C" NOT NULL PRIMARY KEY,
  account text COLLATE "C" NOT NULL
);
