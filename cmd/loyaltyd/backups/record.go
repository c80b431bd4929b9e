package backups

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// recordFile in the data folder says what is known of backups.
const recordFile = "backup.json"

// Record is the last good backup, and how the last try after it failed.
type Record struct {
	At time.Time `json:"at"` // nothing told before is missing in it
	backup.Saved
	SameDisk bool   `json:"same_disk"` // as the data: lost with it
	Findings int    `json:"findings,omitempty"`
	Failed   *Fault `json:"failed,omitempty"`
	// Persons are the files with what opens backups to people, and Erasures up to which
	// erasure they are written.
	Persons  []string      `json:"persons,omitempty"`
	Erasures ledger.Millis `json:"erasures_ms,omitempty"`
}

// Fault is why the last try failed.
type Fault struct {
	At    time.Time `json:"at"`
	Error string    `json:"error"`
}

// ReadRecord gives the zero record where none was made. One that cannot
// be read is none: it is only a note, and the next backup writes it anew.
func ReadRecord(dataDir string) (r Record, err error) {
	text, err := os.ReadFile(filepath.Join(dataDir, recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if json.Unmarshal(text, &r) != nil {
		return Record{}, nil
	}
	return r, nil
}

// Save notes the record. A command of another user leaves it to the folder's.
func (r Record) Save(dataDir string) error {
	path := filepath.Join(dataDir, recordFile)
	if err := keys.WriteFile(path, r); err != nil {
		return err
	}
	return datadir.GiveToOwner(path, dataDir)
}

// Status is what status says of backups.
type Status struct {
	// Needed says that nobody else has what is here: this folder has a
	// headquarters, with its database.
	Needed bool `json:"needed"`
	// PostgreSQL says that the headquarters here keeps its database there.
	PostgreSQL bool       `json:"postgresql,omitempty"`
	Target     string     `json:"target"`
	Last       *time.Time `json:"last"` // null where none was made
	File       string     `json:"file,omitempty"`
	AgeSeconds int64      `json:"age_seconds"`
	Fresh      bool       `json:"fresh"`
	SameDisk   bool       `json:"same_disk,omitempty"`
	Findings   int        `json:"findings,omitempty"`
	Failed     *Fault     `json:"failed,omitempty"`
	// Blocked says why none could be made now: the stick was pulled.
	Blocked string `json:"blocked,omitempty"`
}

// OfPostgreSQL says who makes the backups of a database that stands there.
const OfPostgreSQL = "of the database by PostgreSQL's own tools alone; a copy of hq.key is kept elsewhere"

// fresh is how old a backup may be.
const fresh = 24 * time.Hour

// ReadStatus reads it, by a daemon or beside one.
func ReadStatus(config configs.Config, now time.Time) (Status, error) {
	s := Status{Target: config.Backup.Target}
	var err error
	if s.Needed, err = datadir.Exists(filepath.Join(config.DataDir, hq.KeyFile)); err != nil {
		return s, err
	}
	if s.Needed && datadir.HQOptions(config).Database != "" {
		s.Needed, s.PostgreSQL = false, true
	}
	r, err := ReadRecord(config.DataDir)
	if err != nil {
		return s, err
	}
	s.Failed = r.Failed
	if s.Target != "" {
		if err := DaemonMayMake(config, r); err != nil {
			s.Blocked = err.Error()
		}
	}
	if r.At.IsZero() {
		return s, nil
	}
	age := now.Sub(r.At)
	s.Last, s.File, s.AgeSeconds = &r.At, r.Path, int64(age/time.Second)
	s.Fresh = age >= 0 && age < fresh
	s.SameDisk, s.Findings = r.SameDisk, r.Findings
	return s, nil
}

// Alarm says in words what is wrong; empty where nothing is.
func (s Status) Alarm(zone *time.Location) string {
	switch {
	case !s.Needed && s.Target == "":
		return ""
	case s.Target == "" && !s.Fresh:
		return "NO BACKUP: set backup.target, run `loyaltyd backup init`. What is here is nowhere else."
	case s.Last == nil:
		return "NO BACKUP was made yet." + s.why(zone)
	case !s.Fresh:
		return "NO FRESH BACKUP: the last one is of " + stamp.At(*s.Last, zone) + "." + s.why(zone)
	case s.Blocked != "":
		return "NO BACKUP CAN BE MADE NOW: " + s.Blocked + ". The last one is of " + stamp.At(*s.Last, zone) + "."
	}
	return ""
}

func (s Status) why(zone *time.Location) string {
	if s.Failed == nil {
		return ""
	}
	return " The last try at " + stamp.At(s.Failed.At, zone) + " failed: " + s.Failed.Error
}

// Lines say how backups stand, for people.
func (s Status) Lines(zone *time.Location) (lines []string) {
	if s.Alarm(zone) != "" {
		return nil
	}
	if s.PostgreSQL {
		return []string{"backup: " + OfPostgreSQL}
	}
	if s.Last == nil {
		return []string{"backup: not needed here: headquarters has all that was sent"}
	}
	lines = append(lines, "backup: "+stamp.At(*s.Last, zone)+", "+s.File)
	if s.SameDisk {
		lines = append(lines, "the backup lies on the same disk as the data and is lost with it")
	}
	if s.Failed != nil {
		lines = append(lines, "backup:"+s.why(zone))
	}
	return lines
}
