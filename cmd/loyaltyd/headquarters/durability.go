package headquarters

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
)

// DurabilityWords say how far what headquarters has is kept a second time.
func DurabilityWords(d hq.Durability, zone *time.Location) string {
	switch {
	case d.Lacks != "":
		return "NOT BY A REPLICA NOW: " + d.Lacks
	case d.At == 0 && d.Replica:
		return "nothing yet; it is looked at each minute"
	case d.At == 0:
		return "nothing yet: no backup was made and checked, so tills forget nothing"
	}
	return fmt.Sprintf("what %d of %d tills had sent by %s", d.Terminals, d.Of, d.At.Time().In(zone).Format(time.DateTime+" MST"))
}
