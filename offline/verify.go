package offline

import (
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Finding is one thing that is not as it must be.
type Finding struct {
	Place ledger.Place // zero where it is about no one place
	What  string
}

func (f Finding) String() string {
	if f.Place.IsZero() {
		return f.What
	}
	return fmt.Sprintf("%d.%d: %s", f.Place.Epoch, f.Place.Seq, f.What)
}

// Report is what Verify found. A store without findings is whole as far as it
// can tell by itself; only headquarters knows of a tail that is gone together
// with the mark.
type Report struct {
	Terminal ledger.TerminalID
	Head     ledger.Head
	Epochs   int
	Entries  int // rows of the journal, those written again among them
	Pruned   int // of them: rows whose bodies are gone, because headquarters has them in a backup
	Findings []Finding
}

// maxFindings bounds a report: what is broken all through is told by fewer.
const maxFindings = 1000

// Verify walks the whole chain of all epochs, decodes every body that is here, and compares
// everything that is kept beside it: columns, keys of sales and returns, names,
// attachments, rights, balances not yet settled, and the mark. It reads one state of the journal,
// beside a running daemon too. progress may be nil.
func (v *View) Verify(ctx context.Context, progress func(done, total int)) (Report, error) {
	return v.verify(ctx, progress, true)
}

func (v *View) verify(ctx context.Context, progress func(done, total int), withMark bool) (Report, error) {
	if progress == nil {
		progress = func(int, int) {}
	}
	c := &check{view: v, progress: progress, withMark: withMark}
	var err error
	if c.mark, c.marked, err = v.readMark(); err != nil { // before the journal, which only goes on
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	err = v.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		c.tx = tx
		return c.all(ctx)
	})
	if err != nil {
		return c.report, fmt.Errorf("verify: %w", err)
	}
	return c.report, nil
}

// check is one run of Verify.
type check struct {
	view     *View
	progress func(done, total int)
	tx       *sqlitedb.Tx
	mark     mark
	marked   bool
	withMark bool // a copy has none
	lineage  lineage
	last     int64
	runs     []dayRun // still ahead of the walk
	day      ledger.Date
	report   Report

	prunedUpTo int64 // the last row whose body may be gone
	// What the journal's first places say of rights.
	spent, returned map[ledger.RightID]ledger.Points
	keys            int // sales, returns and voids at their first places
}

func (c *check) find(n int64, format string, args ...any) {
	if len(c.report.Findings) >= maxFindings {
		return
	}
	f := Finding{What: fmt.Sprintf(format, args...)}
	if n > 0 {
		f.Place = c.lineage.place(c.report.Terminal, n)
	}
	c.report.Findings = append(c.report.Findings, f)
}

func (c *check) all(ctx context.Context) (err error) {
	c.spent, c.returned = map[ledger.RightID]ledger.Points{}, map[ledger.RightID]ledger.Points{}
	if c.report.Terminal, err = readTerminal(c.tx); err != nil {
		return err
	}
	if c.lineage, err = readLineage(c.tx); err != nil {
		return err
	}
	if len(c.lineage) == 0 {
		c.find(0, "the journal has no epoch")
		return nil
	}
	if c.last, c.report.Head, err = readHead(c.tx, c.lineage); err != nil {
		return err
	}
	c.report.Epochs, c.report.Entries = len(c.lineage), int(c.last)
	for _, step := range []func() error{
		func() error { return c.pages(journalFile, c.tx) }, func() error { return c.directoryPages(ctx) },
		c.epochs, c.readRuns, c.readPruned, c.rows, c.prunedKeys, c.checkMark, c.checkSales, c.checkNames, c.checkPINs, c.checkLocals, c.checkAttachments, c.checkRights, c.checkHolds,
		func() error { return c.checkUnsettled(ctx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// epochs compares what each epoch says it goes on from.
func (c *check) epochs() error {
	for _, e := range c.lineage {
		if e.from == 0 {
			if !e.begins.IsZero() {
				c.find(0, "epoch %d goes on from nothing and begins with a hash", e.number)
			}
			continue
		}
		i := c.lineage.index(e.from)
		if i < 0 {
			c.find(0, "epoch %d goes on from epoch %d, which is not here", e.number, e.from)
			continue
		}
		n, ok := c.lineage.row(e.from, c.lineage[i].branch, e.fromSeq, c.last)
		if !ok {
			c.find(0, "epoch %d goes on from %d.%d, which is not here", e.number, e.from, e.fromSeq)
			continue
		}
		hash, err := hashAt(c.tx, c.lineage[i], n)
		if err != nil {
			return err
		}
		if hash != e.begins {
			c.find(0, "epoch %d does not begin with the hash at %d.%d", e.number, e.from, e.fromSeq)
		}
	}
	return nil
}

// checkMark compares the end of the chain with what is remembered outside of
// the database.
func (c *check) checkMark() error {
	if !c.withMark || c.marked && c.mark.anew() {
		return nil
	}
	if !c.marked {
		c.find(0, "the mark is missing or damaged")
		return nil
	}
	if c.mark.terminal != c.report.Terminal {
		c.find(0, "the mark is of terminal %s", c.mark.terminal)
		return nil
	}
	known, err := knows(c.tx, c.lineage, c.last, c.mark.head)
	if err != nil {
		return err
	}
	if !known {
		c.find(0, "the journal does not have %d.%d with the hash that the mark remembers", c.mark.head.Epoch, c.mark.head.Seq)
	}
	return nil
}

// checkUnsettled compares the balances not yet settled with the journal, both
// ways.
func (c *check) checkUnsettled(ctx context.Context) error {
	noted, err := c.notedBalances()
	if err != nil {
		return err
	}
	x, err := readExchange(c.tx)
	if err != nil {
		return err
	}
	for _, r := range c.lineage.after(x.acked.Epoch, x.acked.Seq, c.last) {
		err := eachRow(c.tx, r, func(row row) error { return c.unsentIsNoted(ctx, row, noted) })
		if err != nil {
			return err
		}
	}
	return nil
}

// notedKey is what one row of unsettled is about.
type notedKey struct {
	n    int64
	unit ledger.Unit
}

func (c *check) notedBalances() (map[notedKey]bool, error) {
	rows, err := c.tx.Query(`SELECT account, n, unit, available, escrowed, pending, program FROM unsettled`)
	if err != nil {
		return nil, fmt.Errorf("read unsettled: %w", err)
	}
	var all []unsettledRow
	var accounts, programs []string
	for rows.Next() {
		var u unsettledRow
		var account, program string
		if err := rows.Scan(&account, &u.n, &u.Unit, &u.Available, &u.Escrowed, &u.Pending, &program); err != nil {
			return nil, fmt.Errorf("read unsettled: %w", err)
		}
		all, accounts, programs = append(all, u), append(accounts, account), append(programs, program)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	noted := map[notedKey]bool{}
	for i, u := range all {
		noted[notedKey{u.n, u.Unit}] = true
		if err := c.notedRight(accounts[i], programs[i], u); err != nil {
			return nil, err
		}
	}
	return noted, nil
}

func (c *check) notedRight(account, program string, u unsettledRow) error {
	rows, err := readRows(c.tx, u.n, u.n, 1)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		c.find(0, "a balance is noted for row %d, which is not here", u.n)
		return nil
	}
	e, err := ledger.Decode(rows[0].body)
	if err != nil {
		return nil // told already
	}
	about, ok, err := subjectOf(c.tx, e)
	if err != nil {
		return err
	}
	of, err := survivor(c.tx, about.String())
	if err != nil {
		return err
	}
	if !ok || of != account {
		c.find(u.n, "the balance noted for it is another account's")
	}
	if program != "" && program != programOf(e) {
		c.find(u.n, "the balance noted for it is of another program")
	}
	sums, err := e.Deltas()
	if err != nil {
		return err
	}
	if slices.Contains(sums, u.Delta) || u.Delta == (ledger.Delta{Unit: unmoved}) {
		return nil
	}
	c.find(u.n, "the balance noted for it is not what its postings say")
	return nil
}

// unsentIsNoted finds an entry that headquarters cannot have counted and whose
// points are not in the balance shown. Headquarters may have counted one whose
// ack was lost; the directory tells then.
func (c *check) unsentIsNoted(ctx context.Context, row row, noted map[notedKey]bool) error {
	e, err := ledger.Decode(row.body)
	if err != nil {
		return nil // told already
	}
	account, ok, err := subjectOf(c.tx, e)
	if err != nil || !ok || e.Kind == ledger.RightReturn {
		return err
	}
	sums, err := e.Deltas()
	if err != nil {
		return err
	}
	for _, d := range sums {
		if d.IsZero() || noted[notedKey{row.n, d.Unit}] {
			continue
		}
		counted, err := c.counted(ctx, account, row.n)
		if err != nil {
			return err
		}
		if !counted {
			c.find(row.n, "unsent, and its %s are missing in the balance", d.Unit)
		}
	}
	return nil
}

func (c *check) counted(ctx context.Context, account ledger.AccountID, n int64) (counted bool, err error) {
	text, err := survivor(c.tx, account.String())
	if err != nil {
		return false, err
	}
	if err := account.UnmarshalText([]byte(text)); err != nil {
		return false, err
	}
	fed, err := c.view.fedAccount(ctx, account)
	if isNoDirectory(err) {
		return true, nil // without a directory it cannot be told
	}
	if err != nil {
		return false, err
	}
	return fed.applied.counts(earlierIn(c.tx), c.lineage, n)
}
