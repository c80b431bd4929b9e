package simulate

import (
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// member is somebody who comes to the tills.
type member struct {
	number   string
	accounts []enrollment     // that tills made for her
	sealed   [][]byte         // what they sealed of her number
	erasing  hq.MemberErasure // once she wants to be erased
	gone     bool             // she was
}

// enrollment is an account and what its till sealed for it.
type enrollment struct {
	account ledger.AccountID
	sealed  []byte
}

// unit and reward are the program's.
const (
	unit   = ledger.Unit("points")
	reward = "five"
)

// asked is what a POS asked its till for, and asks again until it is answered:
// a sale, or what comes back of one.
type asked struct {
	of     *member
	key    string // of the request, whatever it is called when it is asked again
	basket checkout.Basket
	taking *checkout.Taking
	held   bool // a hold was placed for it
	boots  int  // of the till, when it was
	failed bool // it was answered with an error before
	epoch  ledger.Epoch
	heldAt ledger.Millis
	// when it was asked, by the till's clock, and what time it was.
	when map[ledger.Millis]time.Time
}

// visit is a customer at a till, or the one before who still waits.
func (t *till) visit() {
	if t.gone {
		return
	}
	t.in(t.between(2*time.Second, time.Minute), t.visit)
	if !t.up {
		return
	}
	if !t.went("is healthy", t.store.Healthy()) {
		return
	}
	if t.asked == nil {
		t.ask(t.members[t.random.IntN(len(t.members))])
	}
	if t.asked != nil && !t.disk.Stopped() {
		t.serve()
	}
}

// ask draws what a member comes for.
func (t *till) ask(m *member) {
	known, number, err := t.counter.Identify(ctx, m.number)
	if errors.Is(err, loyalty.ErrUnknownMember) {
		sealed, account := len(m.sealed), t.counter.NewAccount()
		err := t.counter.Enroll(ctx, t.now(), t.newEntry(), account, number, "")
		for _, cipher := range m.sealed[sealed:] {
			m.accounts = append(m.accounts, enrollment{account, cipher})
		}
		if t.went("enrolls", err) {
			t.counts.Enrolled++
			t.note("%s enrolls %s", t.name, m.number)
		}
		return
	}
	if !t.went("identifies", err) {
		return
	}
	if known.Introduced {
		t.counts.MetByHub++
		t.note("%s knows %s by another lane", t.name, m.number)
	}
	if len(t.sold) > 0 && t.chance(12) {
		t.askBack()
		return
	}
	amount := ledger.Minor(t.random.IntN(40_000) + 100)
	a := &asked{of: m, when: map[ledger.Millis]time.Time{}, basket: checkout.Basket{
		Entry: t.newEntry(), SaleID: t.saleID(), Day: ledger.DateAt(ledger.MillisOf(t.now()), istanbul), Currency: "TRY",
		Lines: []ledger.Line{{Net: amount, Gross: amount, Quantity: 1}},
		Who:   checkout.Who{Phone: m.number, Proof: ledger.Claimed},
	}}
	if t.Mutant == SoldToNobody && known.Introduced {
		a.basket.Who = checkout.Who{}
	}
	a.key = a.basket.SaleID
	t.buyers[a.key] = m
	t.asked = a
	switch balance := known.Balance(unit); {
	case balance.Shown < 100 || t.chance(40):
	case t.chance(40):
		t.hold(a, known.Account)
	default:
		a.basket.Redeem = []loyalty.Redemption{{Reward: reward, Times: 1}}
	}
	a.basket.Asked = []byte(fmt.Sprint(a.basket.SaleID, amount, a.basket.Redeem, len(a.basket.Holds)))
}

func (t *till) saleID() string { return fmt.Sprintf("s%x", t.ids.Uint64()) }

// hold sets a reward aside; she pays at the next visit.
func (t *till) hold(a *asked, account ledger.AccountID) {
	hold, err := t.counter.Hold(ctx, t.now(), checkout.Reserve{
		ID: t.counter.NewHold(), SaleID: a.basket.SaleID, Account: account, Reward: reward, Proof: ledger.Claimed,
	})
	if t.refuses(err) || !t.went("holds", err) {
		return
	}
	head, err := t.store.Head(ctx)
	t.expect("read head", err)
	a.basket.Holds, a.held, a.boots, a.epoch, a.heldAt = []ledger.HoldID{hold.ID}, true, t.counts.Restarts, head.Epoch, hold.At
	t.note("%s holds %d", t.name, hold.Amount)
}

// askBack wants a sale of this till or of another to come back.
func (t *till) askBack() {
	from := t
	if t.chance(30) {
		from = t.tills[t.random.IntN(len(t.tills))]
	}
	if len(from.sold) == 0 {
		return
	}
	i := t.random.IntN(len(from.sold))
	of := from.sold[i]
	from.sold = append(from.sold[:i:i], from.sold[i+1:]...)
	taking := &checkout.Taking{
		Entry: t.newEntry(), ID: "r" + t.saleID(), Day: ledger.DateAt(ledger.MillisOf(t.now()), istanbul),
		Of: of, Wish: loyalty.Wish{All: true}, Asked: []byte(of.ID),
	}
	t.asked = &asked{key: taking.ID, taking: taking}
}
