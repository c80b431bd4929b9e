CREATE TABLE program_version (
  n               bigint           PRIMARY KEY,
  program         text COLLATE "C" NOT NULL,
  version         bigint           NOT NULL,
  source          bytea            NOT NULL,
  hash            bytea            NOT NULL,
  signature       bytea            NOT NULL,
  announced       text COLLATE "C" NOT NULL,
  effective       text COLLATE "C" NOT NULL,
  published_at_ms bigint           NOT NULL,
  UNIQUE (program, version)
);

CREATE TABLE rule_stop (
  program   text COLLATE "C" NOT NULL,
  rule      text COLLATE "C" NOT NULL,
  version   bigint           NOT NULL,
  body      bytea            NOT NULL,
  signature bytea            NOT NULL,
  PRIMARY KEY (program, rule, version)
);

CREATE TABLE program_in_force (
  one     bigint           PRIMARY KEY CHECK (one = 1),
  program text COLLATE "C" NOT NULL,
  version bigint           NOT NULL
);
