package stage

import (
	"context"
	"fmt"
	"strings"
)

// Press types keys and waits until the display has the words.
func (l *Lane) Press(ctx context.Context, keys, words string) error {
	if err := l.Keypad.Type(keys); err != nil {
		return err
	}
	err := l.Display.Wait(ctx, func(upper, lower string) bool {
		return strings.Contains(upper, words) || strings.Contains(lower, words)
	})
	if err != nil {
		upper, lower := l.Display.Lines()
		return fmt.Errorf("%s: waited for %q, the display shows %q and %q: %w", l.Name, words, upper, lower, err)
	}
	return nil
}
