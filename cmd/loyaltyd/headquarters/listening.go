package headquarters

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
)

// Retry is how often a headquarters that does not open or listen is tried again.
const Retry = 30 * time.Second

// AnswerTills listens for other tills. The port may not be there yet, as while a
// network comes up: it is tried again, and told once.
func (h *Local) AnswerTills(ctx context.Context) {
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
		if !service.Rest(ctx, Retry) {
			return
		}
	}
}
