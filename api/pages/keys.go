package pages

import "github.com/loyaltyd/loyaltyd/checkout"

// key is a key of the keypad as a button.
type key struct {
	Press  string // as readKeys reads it
	Text   string // id of what it does here
	Letter string // that presses it on a keyboard
}

var (
	enroll    = key{"C", "key_enroll", "C"}
	void      = key{"B", "key_void", "B"}
	copyKey   = key{"D", "key_copy", "D"}
	returnKey = key{"E", "key_return", "E"}
	menu      = key{"F", "key_menu", "F"}
	clearKey  = key{"<", "key_clear", "⌫"}
	cancel    = key{"x", "key_cancel", "Esc"}
)

func enter(text string) key { return key{"=", text, "Enter"} }

// keysOf are the keys that do something now: the one that goes on, and the others.
func keysOf(seen Seen) (primary key, others []key) {
	switch seen.Stage {
	case checkout.StageIdle:
		return key{}, []key{returnKey, void, copyKey, menu}
	case checkout.StageIdentifying:
		return enter("key_look_up"), []key{clearKey, returnKey, copyKey}
	case checkout.StageUnknown:
		return enroll, []key{cancel}
	case checkout.StageSelling:
		return enter("key_complete"), []key{clearKey, menu, cancel}
	case checkout.StageConfirming:
		return enter("key_confirm"), []key{clearKey, cancel}
	case checkout.StageUnsaved, checkout.StageUnreturned:
		return enter("key_again"), []key{cancel}
	case checkout.StageAdding:
		return enroll, []key{clearKey}
	case checkout.StageDone:
		return key{"x", "key_next", "Esc"}, []key{copyKey, void}
	case checkout.StagePointed:
		return returnKey, []key{copyKey, cancel}
	case checkout.StageReturning:
		if seen.Typed == "" {
			return enter("key_all_of_it"), []key{cancel}
		}
		return enter("key_give_back"), []key{clearKey, cancel}
	case checkout.StageRefunding:
		return enter("key_give_back"), []key{clearKey, cancel}
	case checkout.StageOwnMenu:
		return key{}, []key{{"1", "key_pin", "1"}, {"2", "key_new_pin", "2"}, clearKey, cancel}
	case checkout.StageChoosing:
		return key{}, []key{{"1", "key_close_day", "1"}, {"2", "key_sign", "2"}, cancel}
	}
	return enter("key_enter"), []key{clearKey, cancel}
}
