package datadir

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Hear reads what headquarters published out of a till's journal. What is not
// signed by the pinned key, or one that followed or preceded it, is not its.
func Hear(ctx context.Context, view *offline.View, id Identity, now time.Time) (loyalty.Heard, error) {
	zone, err := StoreZone(id)
	if err != nil {
		return loyalty.Heard{}, err
	}
	published, err := view.Published(ctx)
	if err != nil {
		return loyalty.Heard{}, err
	}
	line, err := KeyLine(ctx, view, id)
	if err != nil {
		return loyalty.Heard{}, err
	}
	var sources [][]byte
	for _, p := range published.Programs {
		if p.SignedBy(line) {
			sources = append(sources, p.Source)
		}
	}
	var stops []ledger.Stop
	for _, s := range published.Stops {
		if stop, err := s.Read(); err == nil && s.SignedBy(line) {
			stops = append(stops, stop)
		}
	}
	return loyalty.Hear(sources, stops, ledger.DateAt(ledger.MillisOf(now), zone)), nil
}

// ProgramStatus is what a till says of its program.
type ProgramStatus struct {
	ID      string       `json:"id"`
	Version int          `json:"version"`
	Next    *nextProgram `json:"next"` // null where none is to come
	// Unread says why newer versions cannot be read by this release.
	Unread []string `json:"unread"`

	Published bool `json:"-"` // by headquarters: what is configured is not asked any more
}

type nextProgram struct {
	Version   int         `json:"version"`
	Effective ledger.Date `json:"effective"`
}

func newProgramStatus(heard loyalty.Heard, day ledger.Date) *ProgramStatus {
	out := &ProgramStatus{Unread: []string{}}
	for _, err := range heard.Unread {
		out.Unread = append(out.Unread, err.Error())
	}
	current := loyalty.InForce(heard.Versions, day)
	if current == nil {
		return out
	}
	out.ID, out.Version = current.Ref().ID, current.Ref().Version
	if next := loyalty.Coming(heard.Versions, day); next != nil {
		out.Next = &nextProgram{next.Ref().Version, next.Effective()}
	}
	return out
}

// ReadProgramStatus reads it, by a daemon or beside one.
func ReadProgramStatus(ctx context.Context, view *offline.View, id Identity, first *loyalty.Program, now time.Time) (*ProgramStatus, error) {
	heard, err := Hear(ctx, view, id, now)
	if err != nil {
		return nil, err
	}
	published := len(heard.Versions) > 0
	if !published && first != nil {
		heard.Versions = []*loyalty.Program{first}
	}
	zone, err := StoreZone(id)
	if err != nil {
		return nil, err
	}
	status := newProgramStatus(heard, ledger.DateAt(ledger.MillisOf(now), zone))
	status.Published = published
	return status, nil
}
