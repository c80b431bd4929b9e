package screen

import (
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
)

// mostKeys is how many keys may be pressed at once: what a hand presses while an
// answer is under way.
const mostKeys = 64

// keys are the keys as a screen writes them: the letters of the default key map, and
// a sign for each of the others.
var keys = map[rune]device.Key{
	'=': device.Enter, '<': device.Clear, 'x': device.Cancel, 'A': device.Redeem, 'B': device.Void, 'C': device.Enroll,
	'D': device.Copy, 'E': device.Return, 'F': device.Menu,
}

// readKeys reads them; false where one is none.
func readKeys(text string) (read []device.Key, ok bool) {
	for _, r := range text {
		key, known := keys[r]
		if r >= '0' && r <= '9' {
			key, known = device.Digit0+device.Key(r-'0'), true
		}
		if !known || len(read) == mostKeys {
			return nil, false
		}
		read = append(read, key)
	}
	return read, true
}

// Key is a key that does something now.
type Key struct {
	Press  string `json:"press" doc:"as keys takes it" example:"="`
	Does   string `json:"does" doc:"what it does here, as an id" example:"complete"`
	Letter string `json:"letter" doc:"that presses it on a keyboard" example:"Enter"`
}

// Text is the id of the text that says what it does.
func (k Key) Text() string { return "key_" + k.Does }

var (
	enroll    = Key{"C", "enroll", "C"}
	void      = Key{"B", "void", "B"}
	copyKey   = Key{"D", "copy", "D"}
	returnKey = Key{"E", "return", "E"}
	menu      = Key{"F", "menu", "F"}
	clearKey  = Key{"<", "clear", "⌫"}
	cancel    = Key{"x", "cancel", "Esc"}
)

func enter(does string) Key { return Key{"=", does, "Enter"} }

// keysOf are the keys that do something now: the one that goes on, and the others.
func keysOf(seen Seen) (primary Key, others []Key) {
	switch seen.Stage {
	case checkout.StageIdle:
		return Key{}, []Key{returnKey, void, copyKey, menu}
	case checkout.StageIdentifying:
		return enter("look_up"), []Key{clearKey, returnKey, copyKey}
	case checkout.StageUnknown:
		return enroll, []Key{cancel}
	case checkout.StageSelling:
		return enter("complete"), []Key{clearKey, menu, cancel}
	case checkout.StageOwnMenu:
		return Key{}, []Key{{"1", "pin", "1"}, {"2", "new_pin", "2"}, clearKey, cancel}
	case checkout.StageConfirming:
		return enter("confirm"), []Key{clearKey, cancel}
	case checkout.StageUnsaved, checkout.StageUnreturned:
		return enter("again"), []Key{cancel}
	case checkout.StageAdding:
		return enroll, []Key{clearKey}
	case checkout.StageDone:
		return Key{"x", "next", "Esc"}, []Key{copyKey, void}
	case checkout.StagePointed:
		return returnKey, []Key{copyKey, cancel}
	case checkout.StageReturning:
		if seen.Typed == "" {
			return enter("all_of_it"), []Key{cancel}
		}
		return enter("give_back"), []Key{clearKey, cancel}
	case checkout.StageRefunding:
		return enter("give_back"), []Key{clearKey, cancel}
	case checkout.StageChoosing:
		return Key{}, []Key{{"1", "close_day", "1"}, {"2", "sign", "2"}, cancel}
	}
	return enter("enter"), []Key{clearKey, cancel}
}
