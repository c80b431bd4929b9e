package hub

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

func (h *Hub) serveHello(r asked) (any, error) {
	var said wire.Hello
	if err := ledger.DecodeJSON(r.message, &said); err != nil {
		return nil, invalid(err)
	}
	w, err := h.greet(r, r.from, said)
	w.Introductions = r.query.Has(wire.IntroductionsParam)
	return w, err
}

func (h *Hub) serveBatch(r asked) (any, error) {
	key, err := h.knownKey(r, r.from)
	if err != nil {
		return nil, err
	}
	batch, err := wire.DecodeBatch(r.message, key)
	if err != nil {
		return nil, invalid(err)
	}
	return h.take(r, r.from, r.message, batch)
}

// serveRights gives a lane parts of what stands here, or says why not.
func (h *Hub) serveRights(r asked) (any, error) {
	var wanted wire.PartRequest
	if err := ledger.DecodeJSON(r.message, &wanted); err != nil {
		return nil, invalid(err)
	}
	if wanted.Amount <= 0 || wanted.ID.IsZero() || wanted.Account.IsZero() || wanted.Epoch == 0 {
		return nil, wire.Refuse(wire.CodeInvalid, "a part has an id, an account, an epoch and an amount above zero")
	}
	parts, err := h.opts.Rights.Split(r, ledger.PartWanted{
		ID: wanted.ID, Terminal: r.from, Epoch: wanted.Epoch, Branch: wanted.Branch,
		Account: wanted.Account, Program: wanted.Program, Unit: wanted.Unit, Amount: wanted.Amount,
	}, h.sign)
	if err != nil && h.opts.Refused(err) {
		return wire.PartAnswer{Refuse: "the store's hub: " + err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	h.opts.Given()
	return wire.PartAnswer{Parts: parts}, nil
}

func (h *Hub) serveNews(r asked) (any, error) {
	after, err := readCursor(r.query.Get("cursor"))
	if err != nil {
		return nil, invalid(err)
	}
	wait, err := time.ParseDuration(r.query.Get("wait"))
	if err != nil {
		return nil, invalid(errors.New("wait: write it as in 25s"))
	}
	newcomers, err := readNewcomers(r.query)
	if err != nil {
		return nil, invalid(err)
	}
	return h.await(r, after, newcomers, min(wait, wire.MaxWait))
}

// readCursor reads incarnation.position.
func readCursor(text string) (c ledger.Cursor, err error) {
	n, err := fmt.Sscanf(strings.ReplaceAll(text, ".", " "), "%d %d", &c.Incarnation, &c.Position)
	if err != nil || n != 2 {
		return c, fmt.Errorf("cursor %q: write it as incarnation.position", text)
	}
	return c, nil
}
