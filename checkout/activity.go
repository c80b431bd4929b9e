package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Activity is something a member did that is no sale.
type Activity struct {
	ledger.Activity // with a ref: once in a chain
	Who             Who
	Referrer        ledger.AccountID // who referred her; zero for whom she was enrolled with
	Operator        string           // the till's where empty
	// Asked are the bytes of what asked for it, as in Basket.
	Asked []byte
}

var (
	// ErrNoActivity says that no rule of the program is about an activity.
	ErrNoActivity = errors.New("the program has no such activity")
	// ErrActivityConflict says that the ref stands for something else.
	ErrActivityConflict = errors.New("this activity was told before with something else")
	// ErrNobody says that an activity names no member.
	ErrNobody = errors.New("an activity is a member's")
	// ErrWeakProof says that a member is not surely enough here to earn by an
	// activity. A sale would stand by itself until she is; an activity can be told
	// then.
	ErrWeakProof = errors.New("show card or PIN to earn")
)

// Do evaluates an activity, writes it durably and returns what may be told. The
// same activity again gets the same entry, and so it counts once at this till;
// that it does in the chain is headquarters' to see to. Its other errors are
// those above, ErrBrought and *loyalty.InvalidBasket.
func (t *Till) Do(ctx context.Context, now time.Time, a Activity) (Completed, error) {
	return t.under(now).activity(ctx, now, a)
}

func (t ruled) activity(ctx context.Context, now time.Time, a Activity) (Completed, error) {
	switch {
	case !t.Program.Knows(a.On):
		return Completed{}, ErrNoActivity
	case a.Ref == "":
		return Completed{}, &loyalty.InvalidBasket{Path: "ref", Problem: "name what happened once, so that it counts once"}
	}
	defer t.completing.take(a.Key())()
	stood, err := t.Store.Activity(ctx, a.Activity)
	if err != nil {
		return Completed{}, err
	}
	if stood != nil {
		return t.stands(ctx, stood, a.Asked, ErrActivityConflict)
	}
	who, err := t.resolve(ctx, now, a.Who)
	if err != nil {
		return Completed{}, err
	}
	switch {
	case !who.proof.Meets(t.Program.Proof().Earn):
		return Completed{}, ErrWeakProof
	case who.member.Account.IsZero() && who.number == nil:
		return Completed{}, ErrNobody
	}
	done, err := t.alone(ctx, &who)
	if err != nil {
		return Completed{}, err
	}
	defer done()
	by, err := t.referrerOf(ctx, t.moment(now), who.member, a.Referrer)
	if err != nil {
		return Completed{}, err
	}
	if ref := broughtRef(a, who.member, by); ref != "" {
		return t.bring(ctx, now, a, ref, who, by)
	}
	return t.do(ctx, now, a, a.Ref, who, by)
}

// do writes an activity that does not stand yet, under a ref.
func (t ruled) do(ctx context.Context, now time.Time, a Activity, ref string, who identity, by referrer) (Completed, error) {
	occasion := t.occasion(now, who.member, by)
	occasion.Activity = &loyalty.Activity{On: a.On, Name: a.Name, Ref: a.Ref, Value: a.Value}
	outcome, err := t.Program.Evaluate(occasion)
	if err != nil {
		return Completed{}, err
	}
	a.Ref = ref
	record := ledger.Record{Request: t.Keyed(a.Asked)}
	e := t.entry(ledger.Done, t.NewEntry(), now)
	e.Operator, e.Proof, e.Program, e.Activity = t.signedOn(a.Operator), who.proof, new(t.Program.Ref()), &a.Activity
	if record.Attachment, err = t.address(e, who); err != nil {
		return Completed{}, err
	}
	t.promise(e, outcome)
	t.refer(e, outcome, by)
	t.tell(e, who.member)
	record.Entry = e
	if record.Body, err = e.Encode(); err != nil {
		return Completed{}, err
	}
	if err := t.Store.Append(ctx, record); err != nil {
		return Completed{}, fmt.Errorf("keep activity: %w", err)
	}
	completed := Completed{Entry: e}
	if e.Told != nil {
		completed.Name = who.member.Name
	}
	return completed, nil
}
