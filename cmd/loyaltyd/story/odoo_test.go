package story_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

const odooAddon = "../../../examples/odoo/loyaltyd_pos"

// The module for Odoo's POS sells each order once, also where the first answer is lost,
// redeems with a line of its own, takes back what Odoo refunds, prints what the till says,
// and is held up by no till.
// It runs against stand-ins for Odoo's names, and a real till that takes its origin alone.
func TestOdoo(t *testing.T) {
	need(t, "node")
	config := shop.Config(testkit.Private(t))
	config.API.AllowedOrigins = []string{"https://shop.example.com"}
	till, stop := shop.Open(t, config)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "S-1", 70000)
	shop.Awaits(t, config.DataDir, 700, 500) // what a reward costs is set aside here
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close() // nobody accepts, and nothing is ever answered
	token, err := os.ReadFile(filepath.Join(config.DataDir, "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	way := losesFirst(t, till.Address())
	day := exec.CommandContext(testkit.Within(t, 2*time.Minute), "node", "../../../examples/odoo/test/day.mjs",
		way, strings.TrimSpace(string(token)), shop.Ayse, "http://"+deaf.Addr().String())
	out, err := day.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"16.10", "Earned"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q on the receipt:\n%s", want, out)
		}
	}
	shop.Awaits(t, config.DataDir, 700+600-300+12-4+7, 1000)
}

// Odoo reads the manifest, the files that it names, and well-formed XML.
func TestOdooAddon(t *testing.T) {
	check := `import ast, glob, os, sys
os.chdir(sys.argv[1])
manifest = ast.literal_eval(open("__manifest__.py").read())
assert manifest["version"].startswith("18.0."), manifest
assert all(os.path.exists(path) for path in manifest["data"]), manifest["data"]
assets = manifest["assets"]["point_of_sale._assets_pos"]
assert all(glob.glob("../" + path, recursive=True) for path in assets), assets
for path in glob.glob("**/*.py", recursive=True): compile(open(path).read(), path, "exec")`
	if out, err := exec.CommandContext(testkit.Within(t, time.Minute), "python3", "-c", check, odooAddon).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	for _, path := range []string{"views/res_config_settings.xml", "static/src/app/templates.xml"} {
		file, err := os.Open(filepath.Join(odooAddon, path))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for decoder := xml.NewDecoder(file); err == nil; {
			_, err = decoder.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
