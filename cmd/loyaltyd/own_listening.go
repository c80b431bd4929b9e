package main

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
)

// answer listens for other tills. The port may not be there yet, as while a
// network comes up: it is tried again, and told once.
func (h *headquarters) answer(ctx context.Context) {
	for told := false; ; {
		listener, err := h.listen(ctx, h.config.HQ.Listen)
		if err == nil {
			err = h.Answer(ctx, listener)
			h.address.Store(nil)
			told = false
		}
		if ctx.Err() != nil {
			return
		}
		if !told {
			h.log.Error().Err(err).Msg("headquarters cannot listen: no other till reaches it")
			told = true
		}
		if !service.Rest(ctx, ownRetry) {
			return
		}
	}
}

// ownRetry is how often what does not open or listen is tried again.
const ownRetry = 30 * time.Second
