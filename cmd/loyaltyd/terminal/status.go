package terminal

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Status is `status --json`.
type Status struct {
	Terminal     ledger.TerminalID      `json:"terminal"`
	Name         string                 `json:"name"`
	Training     bool                   `json:"training"` // nothing of it is real
	Running      bool                   `json:"running"`  // whether a daemon holds the folder
	Entries      ledger.Seq             `json:"entries"`  // of the epoch
	Epoch        ledger.Epoch           `json:"epoch"`
	Unsent       int                    `json:"unsent"`
	OldestUnsent *time.Time             `json:"oldest_unsent,omitempty"`
	Durable      *ledger.Place          `json:"durable"`      // up to where headquarters has it in a backup; null where nothing is
	LastContact  *time.Time             `json:"last_contact"` // null where there was none
	OpenRights   []openRights           `json:"open_rights"`
	NoRedeem     string                 `json:"no_redeem,omitempty"` // why redeeming is refused
	Fenced       bool                   `json:"fenced"`
	WALBytes     int64                  `json:"wal_bytes"`
	Live         *Live                  `json:"live"` // null where no daemon answers
	Backup       backups.Status         `json:"backup"`
	Program      *datadir.ProgramStatus `json:"program"`
	Own          *datadir.OwnStatus     `json:"own_headquarters,omitempty"`
}

// openRights are the exposure: what this till could spend without asking.
type openRights struct {
	Program string        `json:"program"`
	Unit    ledger.Unit   `json:"unit"`
	Count   int           `json:"count"`
	Rest    ledger.Points `json:"rest"`
}

// NewStatus is what the store knows of it.
func NewStatus(st offline.Status, name string, running bool) Status {
	out := Status{
		Terminal: st.Terminal, Name: name, Running: running, Entries: st.Head.Seq, Epoch: st.Head.Epoch,
		Unsent: st.Unsent, OldestUnsent: stamp.Instant(st.OldestUnsent), LastContact: stamp.Instant(st.LastContact),
		OpenRights: []openRights{}, Fenced: st.Fenced, WALBytes: st.WALBytes,
	}
	for _, rights := range st.OpenRights {
		out.OpenRights = append(out.OpenRights, openRights(rights))
	}
	if !st.Durable.IsZero() {
		out.Durable = &st.Durable
	}
	if st.NoRedeem != nil {
		out.NoRedeem = st.NoRedeem.Error()
	}
	return out
}

// DurableWords says in words up to where a till's entries are durable at headquarters.
func DurableWords(up ledger.Place) string {
	if up.IsZero() {
		return "nothing, as far as headquarters has told: nothing is forgotten here"
	}
	return fmt.Sprintf("at headquarters up to %d.%d", up.Epoch, up.Seq)
}
