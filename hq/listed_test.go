package hq_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// restore puts the headquarters as it was at a backup in its place.
func (w *world) restore(backup string) {
	w.Helper()
	w.server.Close()
	if err := w.hq.Close(); err != nil {
		w.Fatal(err)
	}
	w.dir = backup
	if w.database != "" {
		w.database = w.copies[backup]
	}
	if _, err := custody.Restore(context.Background(), home.At{Dir: w.dir, Database: w.database}, w.now()); err != nil {
		w.Fatal(err)
	}
	w.open()
}

func (w *world) backup() (dir string) {
	w.Helper()
	dir = w.TempDir()
	secret, err := os.ReadFile(filepath.Join(w.dir, hq.KeyFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, hq.KeyFile), secret, 0o600)
	}
	switch {
	case err != nil:
	case w.database != "":
		cluster := postgrestest.Shared(w)
		w.copies[dir] = cluster.Copy(w, w.database)
		cluster.Exec(w, w.copies[dir], `UPDATE lead SET holder = ''`) // who had it is no longer awaited
	default:
		err = custody.CopyDatabase(context.Background(), w.dir, dir)
	}
	if err != nil {
		w.Fatal(err)
	}
	return dir
}

// row is how a directory of the till's store lists a member.
func (t *till) row(kind, value string, account ledger.AccountID) ledger.Listed {
	t.Helper()
	lookup, err := keys.ParseLookup(base64.RawURLEncoding.EncodeToString(t.LookupKey))
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Listed{Hash: ledger.KeyedHash(lookup.Hash(kind, value)).Abridged(), Account: account, Name: "B***"}
}

func (t *till) list(said wire.Listing) (wanted wire.Wanted, err error) {
	message, _ := json.Marshal(said)
	return wanted, t.ask(http.MethodPost, wire.ListingPath, message, &wanted)
}

// comeAgain says hello to a restored headquarters, lists members, hands no rights
// back, sends what is not known there, and reads the feed.
func (t *till) comeAgain(rows ...ledger.Listed) {
	t.Helper()
	w := t.mustHello(wire.InStep)
	if !w.HandBack {
		t.Fatal("nothing is to be handed back")
	}
	if wanted, err := t.list(wire.Listing{Rows: rows, Last: true}); err != nil || !wanted.Enough {
		t.Fatalf("listed: %+v, %v", wanted, err)
	}
	t.handBack()
	t.acked = int(w.Known.Seq)
	t.sync()
}

func (t *till) handBack(rights ...ledger.KeptRight) {
	t.Helper()
	message, _ := json.Marshal(wire.HandBack{Head: t.head, Rights: rights, Last: true})
	var taken wire.TakenBack
	if err := t.ask(http.MethodPost, wire.HandBackPath, message, &taken); err != nil {
		t.Fatal(err)
	}
}

// leads returns the accounts that the feed has for an identifier.
func (t *till) leads(kind, value string) (accounts []ledger.AccountID) {
	t.Helper()
	want := t.row(kind, value, ledger.AccountID{}).Hash
	for _, c := range t.rows {
		if c.Account == nil {
			continue
		}
		for _, hash := range c.Account.Identifiers {
			if hash.Abridged() == want {
				accounts = append(accounts, c.Account.Account)
			}
		}
	}
	return accounts
}

func (t *till) leadsTo(when, kind, value string, want ...ledger.AccountID) {
	t.Helper()
	got := t.leads(kind, value)
	if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
		t.Errorf("%s: it leads to %v, want %v", when, got, want)
	}
}

const bulent = "+905320000077"

// forgotten is a shop of two tills that knows ayse, and an account of a member
// whose enroll is lost.
type forgotten struct {
	*world
	a, b      *till
	ayse, who ledger.AccountID
}

// newForgotten restores a backup; its tills are still to come back.
func newForgotten(t testing.TB) *forgotten {
	w := newWorld(t)
	f := &forgotten{world: w, a: w.newTill("Lane 1"), b: w.newTill("Lane 2"), who: newAccountID()}
	f.ayse = f.a.addMember(ayse, "Ayşe")
	f.a.sync()
	w.restore(w.backup())
	for _, till := range []*till{f.a, f.b} {
		till.rows = map[string]ledger.Change{}
	}
	return f
}

// sound wants nothing amiss and nothing passed over.
func (f *forgotten) sound() {
	f.Helper()
	f.clean()
	if s := f.status(); s.Quarantined+s.Unprojected+s.Parked != 0 {
		f.Errorf("headquarters: %+v", s)
	}
}

func (f *forgotten) points(want ledger.Points) {
	f.Helper()
	if m := f.member(bulent); m.Account != f.who || m.Balances[0].Available+m.Balances[0].Escrowed != want {
		f.Errorf("headquarters has %+v, want %s with %d", m, f.who, want)
	}
}

// She is found by what a till lists of her, and the number that is enrolled again
// is hers: by whichever till, of whichever store, and how often it may be.
func TestListedIsEnrolledAgain(t *testing.T) {
	f := newForgotten(t)
	f.b.earn(ledger.SubjectOf(f.who), 70)
	f.b.comeAgain(f.b.row(ledger.PhoneIdentifier, bulent, f.who))
	f.a.comeAgain()
	f.a.leadsTo("listed", ledger.PhoneIdentifier, bulent, f.who)
	f.points(70)

	far := f.newStoresTill("0002")
	far.pull()
	far.leadsTo("another store has another key", ledger.PhoneIdentifier, bulent)
	for _, till := range []*till{far, f.a, f.b} {
		second := ledger.SubjectOf(till.addMember(bulent, ""))
		till.earn(second, 10)
		if till == far { // at once, before anybody knows whose it will be
			till.give(second, herCard)
		}
		till.sync()
	}
	for _, till := range []*till{far, f.a, f.b} {
		till.pull()
		till.leadsTo("enrolled", ledger.PhoneIdentifier, bulent, f.who)
		till.leadsTo("enrolled", ledger.CardIdentifier, herCard, f.who)
	}
	f.points(100)
	f.sound()
}

// Whoever was enrolled anew before anybody listed her has one account too, and
// what a till sold to the other is hers.
func TestListedAfterEnrolledAgain(t *testing.T) {
	f := newForgotten(t)
	f.a.comeAgain()
	second := f.a.addMember(bulent, "")
	f.a.earn(ledger.SubjectOf(second), 30)
	f.a.sync()
	f.b.earn(ledger.SubjectOf(f.who), 70)
	f.b.comeAgain(f.b.row(ledger.PhoneIdentifier, bulent, f.who), f.b.row(ledger.CardIdentifier, herCard, f.who))
	lost := f.who
	f.who = second
	f.points(100)
	f.a.pull()
	for _, till := range []*till{f.a, f.b} {
		till.leadsTo("one account", ledger.PhoneIdentifier, bulent, second)
		till.leadsTo("one account", ledger.CardIdentifier, herCard, second)
		if c := till.rows["forward "+lost.String()]; c.Forward == nil || c.Forward.To != second {
			t.Errorf("the account that is lost leads to %+v", c.Forward)
		}
	}
	f.sound()
}

// The enroll of hers that was thought lost comes from a till that was silent,
// before she is enrolled again or after it.
func TestListedEnrollComesLate(t *testing.T) {
	for name, again := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			f := newForgotten(t)
			f.b.comeAgain(f.b.row(ledger.PhoneIdentifier, bulent, f.who))
			if again {
				f.b.addMember(bulent, "")
				f.b.sync()
			}
			cipher, sum := f.a.person(bulent, "Bülent")
			f.a.append(&ledger.Entry{Kind: ledger.Enroll, Subject: ledger.SubjectOf(f.who), Proof: ledger.Claimed, Attachment: sum}, cipher, nil)
			f.a.earn(ledger.SubjectOf(f.who), 20)
			f.a.comeAgain()
			f.points(20)
			f.a.leadsTo("late", ledger.PhoneIdentifier, bulent, f.who)
			f.sound()
		})
	}
}

// What a till wrote of her waits for somebody to say who she is, and what was
// sold under her number to somebody unknown is hers.
func TestListedProfileAndSuspect(t *testing.T) {
	f := newForgotten(t)
	f.b.give(ledger.SubjectOf(f.who), herCard)
	f.b.comeAgain(f.b.row(ledger.PhoneIdentifier, bulent, f.who), f.b.row(ledger.CardIdentifier, herCard, f.who))
	f.b.leadsTo("listed", ledger.CardIdentifier, herCard, f.who)
	cipher, sum := f.a.person(bulent, "")
	suspect := earning(ledger.Subject("suspect:"+newAccountID().String()), saleID(), 40)
	suspect.Attachment = sum
	f.a.append(suspect, cipher, nil)
	f.a.comeAgain()
	f.points(40)
	if s := f.status(); s.Quarantined != 1 {
		t.Errorf("%d entries wait, want her card's", s.Quarantined)
	}
	f.a.addMember(bulent, "")
	f.a.sync()
	f.work()
	f.b.pull()
	f.b.leadsTo("enrolled", ledger.CardIdentifier, herCard, f.who)
	f.sound()
}

// Hearsay against a claim: whoever has an identifier keeps it, and nobody is two
// members' at once.
func TestListedAgainstClaims(t *testing.T) {
	f := newForgotten(t)
	known := f.a.addMember("+905320000005", "")
	f.a.comeAgain()
	f.b.comeAgain(
		f.b.row(ledger.PhoneIdentifier, ayse, known),   // a number that is another's
		f.b.row(ledger.PhoneIdentifier, bulent, known), // nobody's yet, for one who has her own
		f.b.row(ledger.PhoneIdentifier, "+905320000005", known),
	)
	f.b.leadsTo("claimed", ledger.PhoneIdentifier, ayse, f.ayse)
	if f.told(event.NotBelieved) != 1 {
		t.Errorf("told %d times that a till lists what it must not", f.told(event.NotBelieved))
	}
	f.who = f.b.addMember(bulent, "")
	f.b.earn(ledger.SubjectOf(f.who), 10)
	f.b.sync()
	f.b.leadsTo("enrolled", ledger.PhoneIdentifier, bulent, f.who)
	f.points(10)

	f.b.give(ledger.SubjectOf(f.who), herCard)
	f.b.sync()
	f.b.leadsTo("a card that nobody lists", ledger.CardIdentifier, herCard, f.who)
	f.sound()
}

// The look at everybody may be cut short at any of them: whoever was found by what is
// listed by then is not forgotten.
func TestListedAgainstClaimsCutShort(t *testing.T) {
	f := newForgotten(t)
	known := f.a.addMember("+905320000005", "")
	f.a.addMemberAs(ledger.AccountID(uuid.Max), "+905320000006", "") // whoever is looked at last
	f.a.comeAgain()
	f.b.mustHello(wire.InStep)
	if _, err := f.b.list(wire.Listing{Rows: []ledger.Listed{f.b.row(ledger.PhoneIdentifier, ayse, known)}, Last: true}); err != nil {
		t.Fatal(err)
	}
	f.b.handBack()
	for n := 0; ; n++ {
		err := f.hq.Work(&cutShort{Context: context.Background(), left: n})
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	f.b.sync()
	f.b.leadsTo("claimed", ledger.PhoneIdentifier, ayse, f.ayse)
	if f.told(event.NotBelieved) != 1 {
		t.Errorf("told %d times that a till lists what it must not", f.told(event.NotBelieved))
	}
	f.sound()
}

// What was settled, and told of, is not settled again because of what cannot be.
func TestTillListsAgainstClaimsBesideOneThatIsStuck(t *testing.T) {
	f := newForgotten(t)
	hq.Apart(f.hq)                                                            // each row is a commit
	known := f.a.addMemberAs(ledger.AccountID(uuid.Max), "+905320000006", "") // whoever is looked at last
	f.a.comeAgain()
	again := f.stop("INSERT", "forward")
	f.b.comeAgain(f.b.row(ledger.PhoneIdentifier, ayse, known), f.b.row(ledger.PhoneIdentifier, "+905320000006", newAccountID()))
	if f.told(event.NotBelieved) != 1 || f.told(event.Undone) != 1 {
		t.Errorf("told %d times that a till lists what it must not, and %d that something cannot be done", f.told(event.NotBelieved), f.told(event.Undone))
	}
	again()
	f.sound()
}

// That one is listed as another a person hears once, by however many identifiers she is.
func TestTillListsTwoIdentifiersAgainstClaims(t *testing.T) {
	f := newForgotten(t)
	known := f.a.addMember("+905320000005", "")
	f.a.give(ledger.SubjectOf(f.ayse), herCard)
	f.a.comeAgain()
	f.b.comeAgain(f.b.row(ledger.PhoneIdentifier, ayse, known), f.b.row(ledger.CardIdentifier, herCard, known))
	if f.told(event.NotBelieved) != 1 {
		t.Errorf("told %d times that a till lists what it must not", f.told(event.NotBelieved))
	}
	f.b.leadsTo("claimed", ledger.CardIdentifier, herCard, f.ayse)
	f.sound()
}

// cutShort is a context that ends once it was asked so often whether it has.
type cutShort struct {
	context.Context
	left int
}

func (c *cutShort) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// One batch enrolls a member under her own number, and another under the one
// that was listed as hers: it is the other's.
func TestListedForOneWithAnotherNumber(t *testing.T) {
	f := newForgotten(t)
	late := f.a.addMember("+905320000005", "")
	f.who = f.a.addMember(bulent, "")
	f.a.earn(ledger.SubjectOf(f.who), 10)
	f.b.comeAgain(f.b.row(ledger.PhoneIdentifier, bulent, late))
	f.b.leadsTo("listed", ledger.PhoneIdentifier, bulent, late)
	f.a.comeAgain()
	f.b.pull()
	f.b.leadsTo("enrolled", ledger.PhoneIdentifier, bulent, f.who)
	f.b.leadsTo("enrolled", ledger.PhoneIdentifier, "+905320000005", late)
	f.points(10)
	f.sound()
}

// A card that is listed as one's is not another's, who shows it first.
func TestListedCard(t *testing.T) {
	f := newForgotten(t)
	f.b.comeAgain(f.b.row(ledger.CardIdentifier, herCard, f.ayse))
	f.b.leadsTo("listed", ledger.CardIdentifier, herCard, f.ayse)
	f.a.comeAgain()
	other := ledger.SubjectOf(f.a.addMember(bulent, ""))
	shown := f.a.give(other, herCard)
	f.a.sync()
	f.a.verdict("another's card", shown, ledger.DuplicateName)
	f.a.leadsTo("asked for", ledger.CardIdentifier, herCard, f.ayse)
	f.a.give(ledger.SubjectOf(f.ayse), herCard)
	f.a.sync()
	f.a.leadsTo("hers again", ledger.CardIdentifier, herCard, f.ayse)
	f.sound()
}

// A listing goes on where it was cut short, may be said again, and is asked of
// nobody else.
func TestListingGoesOn(t *testing.T) {
	f := newForgotten(t)
	f.b.mustHello(wire.InStep)
	first, err := f.b.list(wire.Listing{})
	if err != nil || first.Enough || first.Since == 0 || first.After != (ledger.KeyedHash{}) {
		t.Fatalf("asked what is wanted: %+v, %v", first, err)
	}
	rows := []ledger.Listed{f.b.row(ledger.PhoneIdentifier, bulent, f.who), f.b.row(ledger.PhoneIdentifier, ayse, f.ayse)}
	for range 2 {
		if wanted, err := f.b.list(wire.Listing{Rows: rows}); err != nil || wanted.Enough || wanted.After != rows[1].Hash {
			t.Errorf("listed: %+v, %v", wanted, err)
		}
	}
	f.restart()
	if wanted, err := f.b.list(wire.Listing{}); err != nil || wanted.After != rows[1].Hash || wanted.Since != first.Since {
		t.Errorf("cut short: %+v, %v", wanted, err)
	}
	f.b.comeAgain()
	f.b.leadsTo("listed", ledger.PhoneIdentifier, bulent, f.who)
	if state, err := f.hq.Recovery(context.Background()); err != nil || state.Listed != 1 {
		t.Errorf("%+v, %v", state, err)
	}
	if wanted, err := f.b.list(wire.Listing{Rows: []ledger.Listed{f.b.row(ledger.PhoneIdentifier, "+905320000009", f.ayse)}}); err != nil || !wanted.Enough {
		t.Errorf("not asked: %+v, %v", wanted, err)
	}
	f.work()
	f.b.pull()
	f.b.leadsTo("not asked", ledger.PhoneIdentifier, "+905320000009")
	f.sound()
}

// What makes no sense is refused, and of a fenced till nothing is heard.
func TestListingRefused(t *testing.T) {
	f := newForgotten(t)
	f.b.mustHello(wire.InStep)
	long := f.b.row(ledger.PhoneIdentifier, bulent, f.who)
	long.Name = string(make([]byte, 300))
	for name, c := range map[string]struct {
		rows []ledger.Listed
		code wire.Code
	}{
		"too many": {make([]ledger.Listed, wire.MaxListed+1), wire.CodeTooLarge},
		"nobody":   {[]ledger.Listed{f.b.row(ledger.PhoneIdentifier, bulent, ledger.AccountID{})}, wire.CodeInvalid},
		"too long": {[]ledger.Listed{long}, wire.CodeInvalid},
	} {
		if _, err := f.b.list(wire.Listing{Rows: c.rows, Last: true}); code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	copied := f.b.clone()
	copied.openEpoch(f.b.head.Epoch, ledger.Hash{})
	copied.mustHello(wire.Fenced)
	if _, err := f.b.list(wire.Listing{Rows: []ledger.Listed{f.b.row(ledger.PhoneIdentifier, bulent, f.who)}, Last: true}); code(err) != wire.CodeFenced {
		t.Errorf("fenced: %v", err)
	}
	f.a.comeAgain()
	f.a.leadsTo("fenced", ledger.PhoneIdentifier, bulent)
}

// A till of the release before lists nobody, and is heard all the same.
func TestListingOfOlderTill(t *testing.T) {
	f := newForgotten(t)
	for _, till := range []*till{f.a, f.b} {
		till.mustHello(wire.InStep)
		till.handBack()
		till.sync()
	}
	f.work()
	if state, err := f.hq.Recovery(context.Background()); err != nil || len(state.Awaited) != 0 || state.Listed != 0 {
		t.Errorf("%+v, %v", state, err)
	}
	f.b.leadsTo("known before", ledger.PhoneIdentifier, ayse, f.ayse)
}

// newStoresTill enrolls a till in another store.
func (w *world) newStoresTill(store ledger.StoreID) *till {
	w.Helper()
	err := w.hq.CreateStore(context.Background(), wire.Store{
		ID: store, Name: "Another", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR",
	})
	if err != nil {
		w.Fatal(err)
	}
	return w.newTillAt(store, "Lane 1")
}

// Whatever order tills come again in, list, sell and enroll anew in: each number
// leads to one account, at every till, and that has all that was sold to her
// since.
func TestListedProperty(t *testing.T) {
	for seed := range uint64(6) {
		dice := rand.New(rand.NewPCG(seed, 3))
		f := newForgotten(t)
		lost := make([]ledger.AccountID, 5)
		told := make([]ledger.Points, len(lost))
		rows := map[*till][]ledger.Listed{}
		for i := range lost {
			lost[i] = newAccountID()
			for _, till := range []*till{f.a, f.b} {
				if till == f.b || dice.IntN(2) == 0 { // a may have been behind
					rows[till] = append(rows[till], till.row(ledger.PhoneIdentifier, phoneNumber(i), lost[i]))
					points := ledger.Points(1 + dice.IntN(50))
					till.earn(ledger.SubjectOf(lost[i]), points)
					told[i] += points
				}
			}
		}
		came := map[*till]bool{}
		for range 25 {
			till := []*till{f.a, f.b}[dice.IntN(2)]
			switch i := dice.IntN(len(lost)); {
			case !came[till] && dice.IntN(4) == 0:
				till.comeAgain(rows[till]...)
				came[till] = true
			case dice.IntN(3) == 0 && till.leads(ledger.PhoneIdentifier, phoneNumber(i)) == nil:
				points := ledger.Points(1 + dice.IntN(50))
				till.earn(ledger.SubjectOf(till.addMember(phoneNumber(i), "")), points)
				told[i] += points
			case came[till]:
				till.sync()
			}
		}
		for _, till := range []*till{f.a, f.b} {
			if !came[till] {
				till.comeAgain(rows[till]...)
			}
			till.sync()
		}
		for i := range lost {
			number := phoneNumber(i)
			f.a.pull()
			f.b.pull()
			m := f.member(number)
			f.a.leadsTo(number, ledger.PhoneIdentifier, number, m.Account)
			f.b.leadsTo(number, ledger.PhoneIdentifier, number, m.Account)
			if got := m.Balances[0].Available + m.Balances[0].Escrowed; got != told[i] {
				t.Errorf("seed %d: %s has %d, told was %d", seed, number, got, told[i])
			}
		}
		f.sound()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// A clock that was ahead at the backup and set right since dates what was told
// after it before it: all is to be listed then.
func TestListingAfterClockWasAhead(t *testing.T) {
	w := newWorld(t)
	b := w.newTill("Lane 1")
	w.pass(time.Hour)
	if err := w.hq.ConfirmClock(context.Background()); err != nil {
		t.Fatal(err)
	}
	backup := w.backup()
	w.pass(-time.Hour)
	w.restore(backup)
	w.pass(time.Hour) // within what headquarters believes
	b.mustHello(wire.InStep)
	if wanted, err := b.list(wire.Listing{}); err != nil || wanted.Enough || wanted.Since != 0 {
		t.Errorf("%+v, %v", wanted, err)
	}
}
