package headquarters

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/hq"
)

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

// Retry is how often a headquarters that does not open or listen is tried again.
const Retry = 30 * time.Second

// DurabilityWords say how far what headquarters has is kept a second time.
func DurabilityWords(d hq.Durability) string {
	switch {
	case d.Lacks != "":
		return "NOT BY A REPLICA NOW: " + d.Lacks
	case d.At == 0 && d.Replica:
		return "nothing yet; it is looked at each minute"
	case d.At == 0:
		return "nothing yet: no backup was made and checked, so tills forget nothing"
	}
	return fmt.Sprintf("what %d of %d tills had sent by %s", d.Terminals, d.Of, d.At.Time().Local().Format(time.DateTime))
}
