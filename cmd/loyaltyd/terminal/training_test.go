package terminal_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// realFiles are what training must leave as it is, by name.
func realFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"journal.db", "directory.db", "mark", "key", "hq.db"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(content)
	}
	return files
}

// A till in training takes sales and says everywhere that they are none; what
// was real stays as it was, and is there again afterwards.
func TestTraining(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen = ""
	till, stop := shop.Open(t, config)
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "real", 10000)
	shop.Awaits(t, dir, 100, 0)
	stop()
	before := realFiles(t, dir)
	delete(before, "hq.db") // it may settle what it likes: nothing is told to it

	config.Training = true
	till, stop = shop.Open(t, config)
	if _, _, err := till.Till.Identify(t.Context(), shop.Ayse); err == nil {
		t.Error("a real member is known in training")
	}
	shop.TakeIn(t, till, shop.Ayse)
	lines := strings.Join(sellLines(t, till), "\n")
	if strings.Count(lines, "TRAINING") != 2 {
		t.Errorf("the receipt of training says\n%s", lines)
	}
	file := filepath.Join(t.TempDir(), "training.yaml")
	if err := os.WriteFile(file, []byte("training: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, out, talk := commandtest.Run(t, "status", "--config", file, "--data", dir); !strings.HasPrefix(out, "TRAINING") || strings.Contains(out, "headquarters is being asked") {
		t.Errorf("status says %s%s", out, talk)
	}
	if code, _, talk := commandtest.Run(t, "sync", "now", "--config", file, "--data", dir); code != exit.Unavailable || !strings.Contains(talk, "training") {
		t.Errorf("sync now: %d, %s", code, talk)
	}
	if got := till.Greeting(); got != "TRAINING "+till.Identity.Store.Name {
		t.Errorf("greets with %q", got)
	}
	stop()
	if code, _, talk := commandtest.Run(t, "sync", "now", "--config", file, "--data", dir); code != exit.Unavailable || !strings.Contains(talk, "training") {
		t.Errorf("sync now without a daemon: %d, %s", code, talk)
	}
	after := realFiles(t, dir)
	delete(after, "hq.db")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error("training changed the real files")
	}

	config.Training = false
	till, stop = shop.Open(t, config)
	shop.Sell(t, till, "real-again", 5000)
	shop.Awaits(t, dir, 150, 0)
	stop()
}

// sellLines sells in training and returns the receipt's lines.
func sellLines(t *testing.T, till *terminal.Terminal) []string {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(till.Config.DataDir, "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	body := `{"business_day_date":"` + time.Now().Format(time.DateOnly) + `","currency_code":"TRY","line_items":[{"extended_amount":700}],"member":{"phone":"` + shop.Ayse + `"}}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://"+till.Address()+"/v1/sales/real/complete", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(token)))
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", answer.Status, said, err)
	}
	var out struct {
		Lines []string `json:"receipt_lines"`
	}
	if err := json.Unmarshal(said, &out); err != nil {
		t.Fatal(err)
	}
	return out.Lines
}
