package doctor

import (
	"context"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// lookAtDurable looks at what may be forgotten once it is old: at headquarters, and
// at a till.
func lookAtDurable(ctx context.Context, p *patient, t teller) {
	if p.folder.Headquarters() && p.configErr == nil {
		lookAtDurability(ctx, p, t)
	}
	if p.till == nil || p.config.Training {
		return
	}
	if p.till.Durable.IsZero() && p.folder.Headquarters() {
		return // said of its own headquarters
	}
	if p.till.Durable.IsZero() {
		t.note("see that headquarters is backed up: `loyaltyd hq status` there", "%s", terminal.DurableWords(ledger.Place{}))
		return
	}
	t.ok("%s", terminal.DurableWords(p.till.Durable))
}

func lookAtDurability(ctx context.Context, p *patient, t teller) {
	look, err := hq.OpenReadOnly(ctx, datadir.HQOptions(p.config.Config))
	if err != nil {
		return // said with headquarters
	}
	defer look.Close()
	d, err := look.Durability(ctx)
	switch {
	case err != nil: // said with headquarters
	case d.Lacks != "":
		t.wrong("see to PostgreSQL's standby, or set hq.durability to backup", "%s", headquarters.DurabilityWords(d, p.zone))
	case d.At == 0 && p.config.HQ.Database != "" && !d.Replica:
		t.note("`loyaltyd hq backed-up`, or set hq.durability to replica", "%s", headquarters.DurabilityWords(d, p.zone))
	case d.At == 0:
		t.note("`loyaltyd backup`", "%s", headquarters.DurabilityWords(d, p.zone))
	default:
		t.ok("%s", headquarters.DurabilityWords(d, p.zone))
	}
}
