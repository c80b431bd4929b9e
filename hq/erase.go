package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// MemberErasure erases who a member is, by a person at headquarters.
type MemberErasure struct {
	ID       ledger.EntryID // kept by the caller through retries
	Whom     Whom
	Reason   string // kept in clear: it names nobody
	Operator string // who does it
}

// Erased is what an erasure came to.
type Erased struct {
	Entry   ledger.EntryID   `json:"entry"`
	Account ledger.AccountID `json:"account"`
	Member  ledger.MemberID  `json:"member_id"`
	// Stay are how many others are in the account.
	Stay int `json:"household_stays"`
	// Awaits are the terminals that have not said yet that they erased her too.
	Awaits []erasure.Awaited `json:"awaits"`
}

// EraseMember erases a member: her key, who she is, what she is found by, and the
// attachments that name her, at once; tills hear of it by the feed. What happened
// stays, under ids that name nobody any more. Of an account that was hers alone the
// units end, as soon as its tills have given back what they hold. The same one again
// changes nothing. Its errors are ErrNotFound and ErrWhichMember.
func (h *Headquarters) EraseMember(ctx context.Context, e MemberErasure) (done Erased, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return Erased{}, err
	}
	defer end()
	if err := h.nameAttachments(ctx); err != nil {
		return Erased{}, fmt.Errorf("erase member: %w", err)
	}
	var traces [][]byte
	err = h.update(ctx, func(tx *database.Tx) error {
		done, traces, err = h.eraseMember(tx, e)
		return err
	})
	if err == nil {
		h.traces = append(h.traces, traces...)
		err = h.endErasures(ctx)
	}
	if err != nil {
		return Erased{}, fmt.Errorf("erase member: %w", err)
	}
	h.retried = false // what was passed over may be about her
	h.intake.raise()
	return done, nil
}

func (h *Headquarters) eraseMember(tx *database.Tx, e MemberErasure) (done Erased, traces [][]byte, err error) {
	x, err := erasure.Find(tx, e.ID)
	if err == nil && x == nil {
		x, traces, err = h.eraseWhom(tx, e)
	}
	if err != nil {
		return done, nil, err
	}
	stay, err := records.MembersOf(tx, x.Account)
	if err != nil {
		return done, nil, err
	}
	done = Erased{Entry: x.Entry, Member: x.Member.Member(), Stay: len(stay)}
	done.Account, _ = x.Account.Account()
	done.Awaits, err = erasure.ReadAwaited(tx, x.Serial)
	return done, traces, err
}

func (h *Headquarters) eraseWhom(tx *database.Tx, e MemberErasure) (x *erasure.Erasure, traces [][]byte, err error) {
	x = &erasure.Erasure{Entry: e.ID, At: ledger.MillisOf(h.now()), Operator: e.Operator, Reason: e.Reason}
	if x.Member, x.Account, err = findWhom(tx, h.keys, e.Whom); err != nil {
		return nil, nil, err
	}
	members, err := records.MembersOf(tx, x.Account)
	if err != nil {
		return nil, nil, err
	}
	x.Alone = len(members) == 1
	var named []ledger.KeyedHash
	if e.Whom.Phone != "" { // of who is only listed nothing else has it
		named = append(named, h.keys.Blind(ledger.PhoneIdentifier, e.Whom.Phone))
	}
	traces, err = x.Forget(tx, h.keys, named...)
	return x, traces, err
}

// endErasures does what follows from erasures: the entries, what stores hear of, the
// files. Each is done by Work as well.
func (h *Headquarters) endErasures(ctx context.Context) error {
	for _, do := range []func(context.Context) (int, error){h.enterErasures, h.tellErasures, h.feed, h.wipe} {
		if _, err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}
