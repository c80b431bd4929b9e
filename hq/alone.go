package hq

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A sale of nobody, or of somebody who has not proved enough, has a ledger of
// its own. A confirm or claim makes it an account's: the first to arrive, for
// ever. Then it leaves its ledger (leaving.go).

// alone is a sale that has a ledger of its own.
type alone struct {
	decision *decision // how it was posted
	*item
}

// holderOfSale is the ledger of a sale that stands by itself.
func holderOfSale(sale ledger.EntryID) holder { return holder(ledger.SaleSubject(sale)) }

// asking is who asks for a sale: an entry of hers, at a time.
type asking struct {
	entry   *ledger.Entry
	at      ledger.Millis
	account holder
}

// isClaiming reports whether an entry asks for a sale that stands by itself.
func isClaiming(e *ledger.Entry) bool { return e != nil && e.Claiming != nil }

// parted takes confirms and claims out of items: they come after the rest,
// because their sales may be among it.
func parted(items []*item) (rest, claims []*item) {
	for _, it := range items {
		if it.passed == "" && isClaiming(it.entry) {
			claims = append(claims, it)
		} else {
			rest = append(rest, it)
		}
	}
	return rest, claims
}

// postClaims posts confirms and claims, first those that waited for a sale which
// was posted now.
func (h *Headquarters) postClaims(ctx context.Context, claims, posted []*item) error {
	woken, err := h.wakeClaims(ctx, posted)
	if err != nil {
		return err
	}
	all := append(woken[:len(woken):len(woken)], claims...)
	if len(all) == 0 {
		return nil
	}
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		err := eachItem(tx, all, func(it *item) (err error) {
			it.events = nil
			if it.ruling, err = h.claimAlone(tx, it); err != nil {
				return err
			}
			return h.apply(tx, it)
		})
		if err != nil {
			return err
		}
		return h.unparkClaims(tx, woken)
	})
	if err != nil {
		return fmt.Errorf("post claims: %w", err)
	}
	h.tellAll(all)
	return nil
}

// claimAlone rules on a confirm or claim. A row that stands is not ruled on
// again.
func (h *Headquarters) claimAlone(tx *sqlitedb.Tx, it *item) (r ruling, err error) {
	if r.holder, err = claimEntry(tx, it.entry.ID, it.hash); err != nil {
		return r, err
	}
	if r.holder == "" {
		if r.holder, err = survivor(tx, holder(it.entry.Subject)); err != nil {
			return r, err
		}
		_, err := tx.Exec(`UPDATE claim_entry SET account = $1 WHERE entry = $2`, r.holder, it.entry.ID)
		if err != nil {
			return r, fmt.Errorf("claim entry: %w", err)
		}
	}
	stands, err := hasEntry(tx, r.holder, it.entry.ID)
	if err != nil || stands || it.held {
		return r, err
	}
	r.duplicate, r.uses, err = h.rule(tx, asking{it.entry, it.effective(), r.holder})
	return r, err
}

// rule lets the first who may have a sale have it: then the verdict is empty,
// and uses are what that draws on her limits. errParked is a sale that is not
// there yet.
func (h *Headquarters) rule(tx *sqlitedb.Tx, a asking) (refused ledger.Verdict, uses []ledger.LimitUse, err error) {
	sale := a.entry.Claiming.Entry
	winner, err := claimantOf(tx, sale)
	if err != nil {
		return "", nil, err
	}
	if !winner.IsZero() && winner != a.entry.ID {
		return ledger.DuplicateClaim, nil, nil
	}
	s, err := h.standsAlone(tx, sale)
	if err != nil || s == nil {
		return ledger.NotClaimable, nil, err
	}
	switch {
	case s.entry.Attachment.IsZero() != (a.entry.Kind == ledger.Claim):
		return ledger.NotClaimable, nil, nil
	case a.entry.Kind == ledger.Claim:
		refused, uses, err = h.mayClaim(tx, a, s)
	default:
		refused, err = h.mayConfirm(tx, a, s)
	}
	if err != nil || refused != "" {
		return refused, nil, err
	}
	_, err = tx.Exec(`
		INSERT INTO claim_alone (sale, entry, account)
		VALUES ($1, $2, $3)
		ON CONFLICT (sale) DO NOTHING`, sale, a.entry.ID, a.account)
	if err != nil {
		return "", nil, fmt.Errorf("claim a sale: %w", err)
	}
	return "", uses, nil
}

// claimantOf returns the confirm or claim that has a sale; zero where none has.
func claimantOf(tx *sqlitedb.Tx, sale ledger.EntryID) (entry ledger.EntryID, err error) {
	err = tx.QueryRow(`SELECT entry FROM claim_alone WHERE sale = $1`, sale).Scan(&entry)
	if err := orNone(err); err != nil {
		return entry, fmt.Errorf("look up who has a sale: %w", err)
	}
	return entry, nil
}

// standsAlone reads a sale from its own ledger. It is nil where it is somebody's
// or earned nothing, and errParked where it is not there yet.
func (h *Headquarters) standsAlone(tx *sqlitedb.Tx, sale ledger.EntryID) (*alone, error) {
	var of holder
	err := tx.QueryRow(`SELECT coalesce(account, '') FROM claim_entry WHERE entry = $1`, sale).Scan(&of)
	if err := orNone(err); err != nil {
		return nil, fmt.Errorf("look up sale: %w", err)
	}
	if of == "" {
		return nil, errParked
	}
	if of != holderOfSale(sale) {
		return nil, nil
	}
	decisions, err := readDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, sale)
	if err != nil {
		return nil, err
	}
	if len(decisions) == 0 {
		return nil, errParked
	}
	s := &alone{decision: decisions[0]}
	if s.decision.Kind != ledger.Sold || s.decision.Verdict != ledger.Posted || s.decision.Place == nil {
		return nil, nil
	}
	if s.item, err = h.itemAt(tx, *s.decision.Place); err != nil {
		return nil, err
	}
	if s.program.Ref().ID == "" || s.program.Ref().ID != s.decision.Program {
		return nil, &passOver{"the program of its sale is not known here"}
	}
	return s, nil
}

// itemAt reads what stands at a place, as the projector does.
func (h *Headquarters) itemAt(tx *sqlitedb.Tx, at ledger.Place) (*item, error) {
	items, err := h.read(tx, stretch{terminal: at.Terminal, epoch: at.Epoch, branch: at.Branch, done: at.Seq - 1}, 1)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 || items[0].entry == nil || items[0].place != at {
		return nil, fmt.Errorf("read %s again: it cannot be read", at)
	}
	return items[0], nil
}

// mayConfirm says why somebody may not confirm a sale; only whom it names may.
func (h *Headquarters) mayConfirm(tx *sqlitedb.Tx, a asking, s *alone) (refused ledger.Verdict, err error) {
	if s.named == nil {
		return ledger.NotClaimable, nil // its attachment says nothing
	}
	named, err := h.named(tx, s.named)
	if err != nil {
		return "", err
	}
	dropped, err := isDropped(tx, holderOfSale(s.entry.ID))
	switch {
	case err != nil:
		return "", err
	case named != a.account:
		return ledger.NotNamed, nil
	case !a.entry.Proof.Meets(s.program.Proof().Earn):
		return ledger.TooWeak, nil
	case dropped || a.at >= s.program.ConfirmBy(s.moment()):
		return ledger.TooLate, nil
	}
	return "", nil
}

// unnamed is why a confirm waits until somebody is enrolled.
const unnamed = "nobody has the number that its sale names"

// retryUnnamed lets confirms be tried again that waited for somebody to be
// enrolled.
func (h *Headquarters) retryUnnamed(ctx context.Context, items []*item) error {
	enrolls := func(it *item) bool { return it.passed == "" && it.entry.Kind == ledger.Enroll }
	if !h.retried || !slices.ContainsFunc(items, enrolls) {
		return nil
	}
	return h.view(ctx, func(tx *sqlitedb.Tx) error {
		var waits bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM quarantine WHERE reason = $1)`, unnamed).Scan(&waits)
		h.retried = !waits
		return err
	})
}

// named finds whom a sale names. While nobody has her number, nobody can tell.
func (h *Headquarters) named(tx *sqlitedb.Tx, who *identity) (holder, error) {
	if !who.person.Account.IsZero() {
		return survivor(tx, holderOf(who.person.Account))
	}
	of, err := h.keys.finds(tx, who.hash, who.person.Phone.E164)
	if err != nil {
		return "", err
	}
	if of == "" {
		return "", &passOver{unnamed}
	}
	return accountOf(tx, of)
}

// ConfirmSale confirms, by a person at headquarters who has seen who she is, that
// a sale is the member's who enrolled with a number in E.164 form. The verdict is
// Posted, or why it is not hers; then nothing is written. A sale that is not here
// yet, or a member, is ErrNotFound. Confirming again is safe.
func (h *Headquarters) ConfirmSale(ctx context.Context, e164 string, sale ledger.EntryID, operator string) (verdict ledger.Verdict, err error) {
	h.round.Lock()
	defer h.round.Unlock()
	err = h.update(ctx, func(tx *sqlitedb.Tx) (err error) {
		verdict, err = h.confirmHere(tx, e164, sale, operator)
		return err
	})
	var passed *passOver
	if errors.Is(err, errParked) || errors.As(err, &passed) {
		err = ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("confirm sale %s: %w", sale, err)
	}
	h.intake.raise() // what it moves is Run's to do
	return verdict, nil
}

func (h *Headquarters) confirmHere(tx *sqlitedb.Tx, e164 string, sale ledger.EntryID, operator string) (ledger.Verdict, error) {
	_, of, err := h.keys.findMember(tx, e164)
	if err != nil {
		return "", err
	}
	now := ledger.MillisOf(h.now())
	e := &ledger.Entry{
		V: ledger.Version, ID: ledger.EntryID(ownID("confirm", string(of), sale.String())), Kind: ledger.Confirm, At: now,
		Operator: operator, Subject: ledger.Subject(of), Proof: ledger.Verified, Claiming: &ledger.Claiming{Entry: sale},
	}
	if stands, err := hasEntry(tx, of, e.ID); err != nil || stands {
		return ledger.Posted, err
	}
	refused, _, err := h.rule(tx, asking{e, now, of})
	if err != nil || refused != "" {
		return refused, err
	}
	b, err := openBooks(tx, of)
	if err != nil {
		return "", err
	}
	return ledger.Posted, h.enterOwn(tx, b, e, new(decision), now)
}

// isDropped reports whether the units of a sale have ended because nobody had
// it in time.
func isDropped(tx *sqlitedb.Tx, of holder) (bool, error) {
	return hasEntry(tx, of, dropID(of))
}

func dropID(of holder) ledger.EntryID { return ledger.EntryID(ownID("drop", string(of))) }

// mayClaim says why somebody may not claim a receipt: its code is not the one
// that the store's tills print, its time is over, or her limit is reached.
func (h *Headquarters) mayClaim(tx *sqlitedb.Tx, a asking, s *alone) (refused ledger.Verdict, uses []ledger.LimitUse, err error) {
	store, err := h.keys.readStore(tx, s.entry.Store)
	if err != nil {
		return "", nil, err
	}
	code, known, err := ledger.ReadClaimCode(a.entry.Claiming.Code, func(data []byte) ledger.Hash { return store.lookup.Sum(ledger.ClaimSeal, data) })
	if err != nil || !known || code.Sale != s.entry.ID {
		return ledger.NotClaimable, nil, nil
	}
	until, may := s.program.ClaimBy(s.moment())
	dropped, err := isDropped(tx, holderOfSale(s.entry.ID))
	switch {
	case err != nil:
		return "", nil, err
	case !may:
		return ledger.NotClaimable, nil, nil
	case !a.entry.Proof.Meets(s.program.Proof().Earn):
		return ledger.TooWeak, nil, nil
	case dropped || a.at >= until:
		return ledger.TooLate, nil, nil
	}
	b, err := openBooks(tx, a.account)
	if err != nil {
		return "", nil, err
	}
	have, err := b.account(s.decision.Program)
	if err != nil {
		return "", nil, err
	}
	uses, room := s.program.ClaimUse(have.State, ledger.DateAt(a.at, s.zone), code.Earned)
	if !room {
		return ledger.LimitReached, nil, nil
	}
	return "", uses, nil
}

// noteAlone notes until when a sale that stands by itself may become
// somebody's, with the grace that tills have to tell it.
func (it *item) noteAlone(tx *sqlitedb.Tx, d *decision) error {
	if it.holder != holderOfSale(it.entry.ID) || d.Kind != ledger.Sold || d.Verdict != ledger.Posted || len(d.Moves) == 0 {
		return nil
	}
	if it.program.Ref().ID == "" {
		return nil
	}
	until, may := it.program.ClaimBy(it.moment())
	if !it.entry.Attachment.IsZero() {
		until, may = it.program.ConfirmBy(it.moment()), true
	}
	if !may {
		return nil
	}
	_, err := tx.Exec(`
		INSERT INTO unclaimed (account, drop_at_ms)
		VALUES ($1, $2)
		ON CONFLICT (account) DO NOTHING`, it.holder, until.Add(it.program.Offline().Grace))
	if err != nil {
		return fmt.Errorf("note a sale that stands by itself: %w", err)
	}
	return nil
}

// wakeClaims returns the confirms and claims that waited for sales among items.
func (h *Headquarters) wakeClaims(ctx context.Context, items []*item) (woken []*item, err error) {
	err = h.view(ctx, func(tx *sqlitedb.Tx) error {
		var any bool
		err := tx.QueryRow(`SELECT count(*) > 0 FROM (SELECT 1 FROM parked_claim LIMIT 1) p`).Scan(&any)
		if err != nil || !any {
			return err
		}
		for _, it := range items {
			if it.passed != "" || it.entry.Kind != ledger.Sold {
				continue
			}
			places, err := readPlacesOf(tx, `
				SELECT terminal, epoch, branch, seq
				FROM parked_claim
				WHERE sale = $1
				ORDER BY at_ms, terminal, epoch, branch, seq`, it.entry.ID)
			if err != nil {
				return err
			}
			for _, at := range places {
				found, err := h.itemAt(tx, at)
				if err != nil {
					return err
				}
				woken = append(woken, found)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for parked claims: %w", err)
	}
	return woken, nil
}

// parkClaim keeps a confirm or claim until its sale comes.
func (h *Headquarters) parkClaim(tx *sqlitedb.Tx, it *item) error {
	p := it.place
	_, err := tx.Exec(`
		INSERT INTO parked_claim (sale, terminal, epoch, branch, seq, at_ms)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`,
		it.entry.Claiming.Entry, p.Terminal, p.Epoch, p.Branch, p.Seq, ledger.MillisOf(h.now()))
	if err != nil {
		return fmt.Errorf("park claim: %w", err)
	}
	return nil
}

// unparkClaims takes away those that wait no longer: posted, or passed over for
// another reason.
func (h *Headquarters) unparkClaims(tx *sqlitedb.Tx, woken []*item) error {
	for _, it := range woken {
		if it.parked {
			continue
		}
		p := it.place
		_, err := tx.Exec(`DELETE FROM parked_claim WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`,
			p.Terminal, p.Epoch, p.Branch, p.Seq)
		if err != nil {
			return fmt.Errorf("unpark claim: %w", err)
		}
	}
	return h.quarantine(tx, woken)
}

// draws is what a claim draws on its member's limits.
func (it *item) draws(a *account) (loyalty.Effect, error) {
	return a.Draw(it.program, it.entry.ID, it.entry.Kind, it.moment(), it.uses)
}
