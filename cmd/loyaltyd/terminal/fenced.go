package terminal

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
)

// FencedWords say why a till is fenced, as far as its daemon heard, and what to do.
func FencedWords(live *Live, zone *time.Location) (what, todo string) {
	if live == nil || live.Fencing == nil {
		return "this terminal's id was shut out: another machine took its place, or two machines used it",
			"`loyaltyd hq terminals` at headquarters says which; to use this machine, enroll it anew, in a new folder"
	}
	why := *live.Fencing
	switch at := stamp.Of(why.At, zone); {
	case !why.Replaced:
		return fmt.Sprintf("two machines used this terminal's id, as headquarters found at %s", at), "Enroll each machine anew, in a new folder"
	case why.By.IsZero():
		return fmt.Sprintf("this till was replaced at %s; the machine that takes its place was not enrolled yet", at), replacedTodo
	default:
		return fmt.Sprintf("this till was replaced at %s by another machine, terminal %s", at, why.By), replacedTodo
	}
}

const replacedTodo = "Switch it off once it has nothing unsent: `loyaltyd hq release` posts what is held. As a further till this machine is enrolled anew, in a new folder"
