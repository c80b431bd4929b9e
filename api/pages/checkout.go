package pages

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/api/screen"
)

// checkoutPage is the cashier's page.
type checkoutPage struct {
	frame
	Counter counterPart
	Sales   salesPart
	Badge   badgePart
}

// counterPart is the conversation.
type counterPart struct {
	frame
	screen.Conversation
}

// Remark is what the display says in passing, in the reader's language where it is
// known in it; empty where it says what the stage does.
func (c counterPart) Remark() string {
	if !c.Passing {
		return ""
	}
	return c.Said()
}

// Said is what was told without a paper.
func (c counterPart) Said() string { return Said(c.Words, c.Shown[0], c.Shown[1]) }

// badgePart says how the till stands.
type badgePart struct {
	frame
	screen.Badge
}

// readIn are the screens in the language of whoever asks.
func (p *Pages) readIn(r *http.Request) *screen.Screens { return p.For(readerOf(wordsFor(r))) }

// salesPart are the last sales, returns and voids of this till.
type salesPart struct {
	frame
	Sales []screen.Sold
}

var checkoutTemplate = parsed("checkout")

func (p *Pages) routeCheckout() {
	p.mux.HandleFunc("GET "+checkoutPath, p.cashiers(p.checkout))
	p.mux.HandleFunc("GET "+checkoutPath+"/counter", p.cashiers(func(w http.ResponseWriter, r *http.Request) {
		p.showCounter(w, r, p.readIn(r).Now(r.Context()), nil)
	}))
	p.mux.HandleFunc("GET "+checkoutPath+"/alive", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	p.mux.HandleFunc("GET "+checkoutPath+"/sales", p.lookers(p.sales))
	p.mux.HandleFunc("GET "+checkoutPath+"/badge", p.lookers(p.badge))
	p.mux.HandleFunc("GET "+checkoutPath+"/papers/{entry}", p.lookers(p.paper))
	p.mux.HandleFunc("POST "+checkoutPath+"/keys", p.cashiers(p.fresh(p.press)))
	p.mux.HandleFunc("POST "+checkoutPath+"/scan", p.cashiers(p.fresh(p.scan)))
	p.mux.HandleFunc("POST "+checkoutPath+"/reward", p.cashiers(p.fresh(p.choose)))
}

func (p *Pages) checkout(w http.ResponseWriter, r *http.Request) {
	f := p.frame(r, "checkout", p.OnDuty())
	out := checkoutPage{frame: f, Counter: counterPart{f, p.readIn(r).Now(r.Context())}}
	var err error
	if out.Sales, err = p.salesPart(r.Context(), f); err != nil {
		p.Failed(err) // the counter goes on without them
	}
	out.Badge = badgePart{f, p.Badge(r.Context())}
	p.show(w, checkoutTemplate, http.StatusOK, f, out)
}

func (p *Pages) showCounter(w http.ResponseWriter, r *http.Request, now screen.Conversation, err error) {
	switch {
	case errors.Is(err, screen.ErrNoKeys):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	case err != nil:
		p.fail(w, err)
	default:
		p.showPart(w, checkoutTemplate, "counter", counterPart{p.frame(r, "checkout", ""), now})
	}
}

func (p *Pages) press(w http.ResponseWriter, r *http.Request) {
	now, err := p.readIn(r).Press(r.Context(), r.PostFormValue("keys"))
	p.showCounter(w, r, now, err)
}

func (p *Pages) scan(w http.ResponseWriter, r *http.Request) {
	now, err := p.readIn(r).Scan(r.Context(), r.PostFormValue("code"))
	p.showCounter(w, r, now, err)
}

func (p *Pages) choose(w http.ResponseWriter, r *http.Request) {
	now, err := p.readIn(r).Choose(r.Context(), r.PostFormValue("reward"))
	p.showCounter(w, r, now, err)
}

func (p *Pages) badge(w http.ResponseWriter, r *http.Request) {
	p.showPart(w, checkoutTemplate, "badge", badgePart{p.frame(r, "checkout", ""), p.Badge(r.Context())})
}

// sales shows what was sold last.
func (p *Pages) sales(w http.ResponseWriter, r *http.Request) {
	part, err := p.salesPart(r.Context(), p.frame(r, "checkout", ""))
	if err != nil {
		p.fail(w, err)
		return
	}
	p.showPart(w, checkoutTemplate, "sales", part)
}

func (p *Pages) salesPart(ctx context.Context, f frame) (salesPart, error) {
	sold, err := p.For(readerOf(f.Words)).Recent(ctx)
	return salesPart{f, sold}, err
}

// paper shows a receipt as it was printed.
func (p *Pages) paper(w http.ResponseWriter, r *http.Request) {
	sold, err := p.readIn(r).Recent(r.Context())
	if err != nil {
		p.fail(w, err)
		return
	}
	i := slices.IndexFunc(sold, func(s screen.Sold) bool { return s.Entry == r.PathValue("entry") })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	p.showPart(w, checkoutTemplate, "paper", paperPart{p.frame(r, "checkout", ""), sold[i]})
}

// paperPart is a receipt as a picture, and what can be done with it.
type paperPart struct {
	frame
	screen.Sold
}

// Keyed is the receipt's number as it is keyed; empty where it is none.
func (p paperPart) Keyed() string {
	if strings.Trim(p.Receipt, "0123456789") != "" {
		return ""
	}
	return p.Receipt
}
