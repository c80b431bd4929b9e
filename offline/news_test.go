package offline_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// neighbor is another lane, as the hub tells of it.
type neighbor struct {
	*till
	at       ledger.Place
	position ledger.Position
}

// neighbor is one that tells the hub nothing until the till has met that.
func (tl *till) neighbor() *neighbor {
	tl.t.Helper()
	tl.must("meet the hub", tl.ApplyNews(context.Background(), nil, ledger.Cursor{Incarnation: 7}))
	return &neighbor{till: tl, at: ledger.Place{Terminal: newTerminalID(), Epoch: 1, Branch: ledger.NewBranch()}}
}

// tells gives the till a neighbor's entry that earned something.
func (n *neighbor) tells(account ledger.AccountID, earned ledger.Points) ledger.News {
	n.t.Helper()
	news := n.entry(account, earned)
	n.hears(&news)
	return news
}

// entry is the neighbor's next, which earned something.
func (n *neighbor) entry(account ledger.AccountID, earned ledger.Points) ledger.News {
	n.at.Seq++
	return ledger.News{
		Entry: newEntryID(), Place: n.at, Account: account, Program: program,
		Deltas: []ledger.Delta{{Unit: points, Available: earned}},
	}
}

func (n *neighbor) hears(news *ledger.News) {
	n.t.Helper()
	n.position++
	news.Position = n.position
	n.must("apply news", n.ApplyNews(context.Background(), []ledger.News{*news}, ledger.Cursor{Incarnation: 7, Position: n.position}))
}

// row is headquarters' word of an account that counts the neighbor up to a place.
func (n *neighbor) counts(position ledger.Position, account ledger.AccountID, balance ledger.Points, up ledger.Place) {
	n.t.Helper()
	row := n.row(position, account, "", ledger.Balance{Program: program, Unit: points, Available: balance}, ledger.Place{})
	row.Account.Applied = []ledger.Place{up}
	n.apply(row)
}

func (tl *till) shows(when string, account ledger.AccountID, want ledger.Points) {
	tl.t.Helper()
	if b := tl.balance(account); b.Shown != want || b.Spendable != 0 {
		tl.t.Errorf("%s: %+v, want %d shown and none spendable", when, b, want)
	}
}

// What a neighbor earned is shown, never spendable, until headquarters' row counts
// it; it is counted once whichever comes first, after a restart too.
func TestNews(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(100, 0)
	n := tl.neighbor()
	first := n.tells(ana, 10)
	tl.shows("told", ana, 110)
	n.hears(&first)
	tl.shows("told again", ana, 110)
	tl.reopen()
	tl.shows("after a restart", ana, 110)
	m, err := tl.beside().Member(context.Background(), ana)
	if err != nil || m.Balance(points).Shown != 110 {
		t.Errorf("beside: %+v, %v", m, err)
	}
	n.counts(2, ana, 110, n.at)
	tl.shows("counted", ana, 110)
	ahead := n.at
	ahead.Seq += 2
	n.counts(3, ana, 130, ahead)
	tl.shows("counted before it was told", ana, 130)
	n.tells(ana, 10)
	n.tells(ana, 10)
	tl.shows("told after it was counted", ana, 130)
	n.tells(ana, 5)
	tl.shows("told beyond", ana, 135)
	own := ledger.News{Entry: newEntryID(), Place: tl.place(), Account: ana, Program: program, Deltas: []ledger.Delta{{Unit: points, Available: 50}}}
	n.hears(&own)
	tl.shows("its own", ana, 135)
	other := ledger.News{Entry: newEntryID(), Place: n.at, Account: ana, Program: "another", Deltas: []ledger.Delta{{Unit: points, Available: 50}}}
	n.hears(&other)
	tl.shows("of another program", ana, 135)
	tl.clean()
}

// Of what the hub has told when a till first meets it nobody knows whether a row counts
// it that came before: it is not shown beside that, and the next row has it. Of whom the
// feed has told nothing it is all there is.
func TestNewsOfBeforeTheHubWasMet(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana, unknown := tl.known(100, 0), newAccountID()
	first := &neighbor{till: tl, at: ledger.Place{Terminal: newTerminalID(), Epoch: 1, Branch: ledger.NewBranch()}}
	counted := first.at
	counted.Seq++
	first.counts(2, ana, 110, counted)
	news := []ledger.News{first.entry(ana, 10), first.entry(unknown, 5)}
	first.position = 2
	news[0].Position, news[1].Position = 1, 2
	tl.must("meet the hub", tl.ApplyNews(context.Background(), news, ledger.Cursor{Incarnation: 7, Position: 2}))
	tl.shows("counted before the hub was met", ana, 110)
	tl.shows("of whom the feed told nothing", unknown, 5)
	first.tells(ana, 7)
	tl.shows("told since", ana, 117)
	first.counts(3, ana, 117, first.at)
	tl.shows("counted since", ana, 117)
	tl.clean()
}

// An entry that its lane wrote again under a later epoch is the same; what an account
// that became another's was told of is the other's; another list of the hub's is
// heard from its beginning.
func TestNewsMove(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana, ada := tl.known(100, 0), tl.known(50, 0)
	n := tl.neighbor()
	again := n.tells(ana, 10)
	n.at = ledger.Place{Terminal: n.at.Terminal, Epoch: 2, Branch: ledger.NewBranch(), Seq: 1}
	again.Place = n.at
	n.hears(&again)
	tl.shows("written again", ana, 110)
	n.counts(5, ana, 110, n.at)
	tl.shows("counted at the later place", ana, 110)
	n.tells(ada, 7)
	tl.apply(ledger.Change{Position: 6, Kind: ledger.ForwardChange, Key: ada.String(), Forward: &ledger.Forward{From: ada, To: ana}})
	tl.shows("of an account that became hers", ana, 117)
	late := ledger.News{Entry: newEntryID(), Place: n.at, Account: ada, Program: program, Deltas: []ledger.Delta{{Unit: points, Available: 3}}}
	late.Place.Seq++
	n.hears(&late)
	tl.shows("told of it later", ana, 120)
	cursor, err := tl.NewsCursor(ctx)
	if err != nil || cursor != (ledger.Cursor{Incarnation: 7, Position: n.position}) {
		t.Errorf("the cursor is %+v, %v", cursor, err)
	}
	tl.must("another list", tl.ApplyNews(ctx, nil, ledger.Cursor{Incarnation: 8, Position: 1}))
	tl.shows("another list", ana, 110)
	tl.clean()
}

// Whoever reads while neighbors earn and headquarters counts it sees a balance that
// only grows.
func TestNewsDoNotFlashBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(100, 0)
	n := tl.neighbor()
	n.tells(ana, 0)
	done := make(chan struct{})
	read := make(chan error, 1)
	go func() {
		var last ledger.Points
		for {
			m, err := tl.Member(ctx, ana)
			if shown := m.Balance(points).Shown; err == nil && shown < last {
				err = &loyalty.NoRedeem{}
			} else {
				last = shown
			}
			if err != nil {
				read <- err
				return
			}
			select {
			case <-done:
				read <- nil
				return
			default:
			}
		}
	}()
	told := ledger.Points(100)
	for i := range 100 {
		n.tells(ana, 2)
		told += 2
		n.counts(ledger.Position(i+10), ana, told, n.at)
	}
	close(done)
	if err := <-read; err != nil {
		t.Error("a balance went back: ", err)
	}
	tl.shows("at the end", ana, told)
}

// What was told of an account that became another's is counted once also where the
// other's row, which counts it, came before that was heard.
func TestNewsOfAForwardAfterItsRow(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana, ada := tl.known(100, 0), tl.known(0, 0)
	n := tl.neighbor()
	n.tells(ada, 7)
	n.counts(5, ana, 107, n.at)
	tl.apply(ledger.Change{Position: 6, Kind: ledger.ForwardChange, Key: ada.String(), Forward: &ledger.Forward{From: ada, To: ana}})
	tl.shows("counted under the other", ana, 107)
	tl.clean()
}

// What is taken back is shown no more.
func TestNewsTakenBack(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(100, 0)
	n := tl.neighbor()
	n.tells(ana, 10)
	back := n.tells(ana, 5)
	back.Deltas = nil
	n.hears(&back)
	tl.shows("taken back", ana, 110)
	tl.clean()
}
