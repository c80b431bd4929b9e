package loyalty

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Effect is all that one decision did to one account. Folding an account's
// effects in order gives the account again, and decides nothing again: what
// depends on the program, a window's first day among it, was decided and stands
// in the effect.
type Effect struct {
	// Entry is the fact that was decided about. What falls due with time is
	// headquarters' own, and its id follows from the account and the number of
	// its row, so that deciding it again after a crash gives the same one.
	Entry ledger.EntryID `json:"entry"`
	Kind  ledger.Kind    `json:"kind"`
	At    ledger.Millis  `json:"effective_ms"`
	Day   ledger.Date    `json:"day"` // the store's civil date of it
	Row   uint64         `json:"row"` // which of the account's effects it is, from 1
	Moves []Move         `json:"moves,omitempty"`
	Uses  []Use          `json:"uses,omitempty"`
	// Statuses were granted by this entry; Ended are those of the sale that came
	// back.
	Statuses []ledger.StatusGrant `json:"statuses,omitempty"`
	Ended    []EndedStatus        `json:"ended,omitempty"`
	Progress []Progress           `json:"progress,omitempty"`
	Reached  []Reached            `json:"reached,omitempty"`
	Idled    []Idled              `json:"idled,omitempty"`
	Joined   ledger.Date          `json:"joined,omitempty"` // the day, where this is how she joined
	Active   bool                 `json:"active,omitempty"` // it was activity of hers
	// Visits counts a sale, and down where it is void. Referrals counts a friend;
	// Referred says that this was the first referral of hers as a friend.
	Visits    int64 `json:"visits,omitempty"`
	Referrals int64 `json:"referrals,omitempty"`
	Referred  bool  `json:"referred,omitempty"`
	// Referrer is the code of who referred her, where this said so first.
	Referrer ledger.ReferralCode `json:"referrer,omitempty"`
	// Taken is the reward that came by itself.
	Taken *ledger.Taken `json:"taken,omitempty"`
	// Of a return or void: its sale's entry, what came back of it, and what the
	// customer got back for that.
	Sale  ledger.EntryID        `json:"sale,omitzero"`
	Back  []ledger.ReturnedLine `json:"back,omitempty"`
	Total ledger.Minor          `json:"total,omitempty"`
	Void  bool                  `json:"void,omitempty"`
	// Of an account that became another's: what goes over to that with the moves,
	// and what came of the other.
	Gone *Whole `json:"gone,omitempty"`
	Came *Whole `json:"came,omitempty"`
}

// Use is what was drawn on a limit on a day, or, below zero, given back to it.
// Since is the first day whose draws are still remembered; empty where the
// limit is for ever and one sum is enough.
type Use struct {
	ledger.LimitUse
	Day   ledger.Date `json:"day"`
	Since ledger.Date `json:"since,omitempty"`
}

// EndedStatus is a grant of the sale that came back: by the line that sold it,
// or of the whole sale.
type EndedStatus struct {
	Status string `json:"status"`
	Line   *int   `json:"line,omitempty"`
}

// Progress is what was earned of the tiers' unit on a day, less what came back
// of that. Since is as a Use's.
type Progress struct {
	Unit   ledger.Unit   `json:"unit"`
	Day    ledger.Date   `json:"day"`
	Amount ledger.Points `json:"amount"`
	Since  ledger.Date   `json:"since,omitempty"`
}

// Reached is a level that is kept until a day; empty for ever.
type Reached struct {
	Level string      `json:"level"`
	Until ledger.Date `json:"until,omitempty"`
}

// Idled are the lots of a unit that ended on a day because the member was idle
// for as long as their terms say.
type Idled struct {
	Unit ledger.Unit `json:"unit"`
	Idle string      `json:"idle,omitempty"` // the terms'; empty in effects of an earlier release
	Day  ledger.Date `json:"day"`
}

// Moment is when and where something is decided.
type Moment struct {
	At    ledger.Millis
	Zone  *time.Location // the store's; UTC where nil
	Store ledger.StoreID
}

func (m Moment) zone() *time.Location {
	if m.Zone == nil {
		return time.UTC
	}
	return m.Zone
}

// day is the store's civil date.
// Day is the store's civil date of the moment.
func (m Moment) Day() ledger.Date { return m.day() }

func (m Moment) day() ledger.Date { return ledger.DateAt(m.At, m.zone()) }

// Profile is what is known of a member beside her account.
type Profile struct {
	BirthMonth int // 1 to 12; 0 where it is not known
	Segments   []string
}

// Postings returns what an effect moved.
func (e *Effect) Postings() []ledger.Posting {
	postings := make([]ledger.Posting, len(e.Moves))
	for i, m := range e.Moves {
		postings[i] = m.Posting
	}
	return postings
}

func (e *Effect) row() row { return row{e.Row, e.Day} }
