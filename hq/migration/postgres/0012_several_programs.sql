CREATE TABLE chain_program (
  n       bigint           PRIMARY KEY,
  program text COLLATE "C" NOT NULL UNIQUE
);
ALTER TABLE store ADD COLUMN program text COLLATE "C" NOT NULL DEFAULT '';
CREATE TABLE program_entered (
  program text COLLATE "C" PRIMARY KEY,
  version bigint           NOT NULL
);
ALTER TABLE account ADD COLUMN last_program text COLLATE "C" NOT NULL DEFAULT '';
CREATE TABLE account_lane (
  account  text COLLATE "C" NOT NULL,
  program  text COLLATE "C" NOT NULL,
  terminal text COLLATE "C" NOT NULL,
  PRIMARY KEY (account, program)
);

CREATE TABLE claim_deed (
  activity text COLLATE "C" NOT NULL,
  name     text COLLATE "C" NOT NULL,
  ref      text COLLATE "C" NOT NULL,
  program  text COLLATE "C" NOT NULL,
  entry    text COLLATE "C" NOT NULL,
  PRIMARY KEY (activity, name, ref, program)
);
