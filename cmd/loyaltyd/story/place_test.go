package story_test

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A store keeps its place, so a new one in a place that nobody knows is refused,
// however it is asked for, and is not made.
func TestNewStoreInNoPlace(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen, config.Region = "127.0.0.1:0", "QQ"
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, h)
	defer stop()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"hq", "store", "set", "7", "--region", "XX"}, `"XX"`},
		{[]string{"hq", "store", "set", "7", "--region", "TR", "--time-zone", "Mars/Base"}, `"Mars/Base"`},
		{[]string{"hq", "code", "--name", "Till", "--store", "7"}, `"QQ"`},
	} {
		if code, _, talk := commandtest.Run(t, append(c.args, "--data", dir)...); code != exit.Data || !strings.Contains(talk, c.want) {
			t.Errorf("%v: exit %d, %s", c.args, code, talk)
		}
	}
	if _, out, _ := commandtest.Run(t, "hq", "stores", "--json", "--data", dir); strings.Contains(out, `"7"`) {
		t.Errorf("it was made: %s", out)
	}
	shop.Says(t, []string{"7, Store 7"}, "hq", "store", "set", "7", "--region", "TR", "--data", dir)
}
