package main

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// durabilityWords say how far what headquarters has is kept a second time.
func durabilityWords(d hq.Durability) string {
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

// lookAtDurable looks at what may be forgotten once it is old: at headquarters, and
// at a till.
func lookAtDurable(ctx context.Context, p *patient, t teller) {
	if p.folder.Headquarters() && p.configErr == nil {
		lookAtDurability(ctx, p, t)
	}
	if p.till == nil || p.config.Training {
		return
	}
	if p.till.Durable.IsZero() {
		t.note("see that headquarters is backed up: `loyaltyd hq status` there", "%s", tillDurable(ledger.Place{}))
		return
	}
	t.ok("%s", tillDurable(p.till.Durable))
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
		t.wrong("see to PostgreSQL's standby, or set hq.durability to backup", "%s", durabilityWords(d))
	case d.At == 0 && p.config.HQ.Database != "" && !d.Replica:
		t.note("`loyaltyd hq backed-up`, or set hq.durability to replica", "%s", durabilityWords(d))
	case d.At == 0:
		t.note("`loyaltyd backup`", "%s", durabilityWords(d))
	default:
		t.ok("%s", durabilityWords(d))
	}
}
