package story_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/demo"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// Who plays with the tills after the story and leaves is not told that the folders
// were changed; who changes one then is.
func TestDemoPlayedWith(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(commandtest.Env, "1")
	dir := t.TempDir()
	ctx, leave := context.WithCancel(testkit.Within(t, 2*time.Minute))
	defer leave()
	said, writes := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := demo.Run(ctx, demo.Options{Executable: executable, Dir: dir, Out: writes})
		ended <- err
		writes.CloseWithError(io.EOF)
	}()
	check := func() (string, error) {
		var out bytes.Buffer
		err := demo.Check(t.Context(), demo.Options{Executable: executable, Dir: dir, Out: &out})
		return out.String(), err
	}
	buys(t, addressIn(t, said))
	for out := ""; strings.Count(out, "balance 508") < 3; { // the other till hears of it by the feed
		if ctx.Err() != nil {
			t.Fatalf("not all heard of the sale:\n%s", out)
		}
		out, _ = check()
	}
	leave()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if out, err := check(); err != nil || !strings.Contains(out, "played with after the story: all three") || strings.Contains(out, "balance 498") {
		t.Errorf("%v:\n%s", err, out)
	}
	change(t, filepath.Join(dir, "till2/directory.db"), `UPDATE member SET available = available + 500`)
	if out, err := check(); err == nil {
		t.Errorf("nobody noticed:\n%s", out)
	}
	if err := os.WriteFile(filepath.Join(dir, "played.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := check(); err != nil || !strings.Contains(out, "compared with nothing") {
		t.Errorf("killed while played with: %v:\n%s", err, out)
	}
}

// addressIn reads a demo's story up to the address of its virtual checkout, and what
// comes after it away.
func addressIn(t *testing.T, said io.Reader) string {
	t.Helper()
	var story strings.Builder
	address := regexp.MustCompile(`http://[0-9.:]+\n`)
	for part := make([]byte, 4096); ; {
		n, err := said.Read(part)
		story.Write(part[:n])
		if found := address.FindString(story.String()); found != "" {
			go io.Copy(io.Discard, said)
			return strings.TrimSpace(found)
		}
		if err != nil {
			t.Fatalf("%v after\n%s", err, &story)
		}
	}
}

// buys is a sale of 10.00, to its receipt, to the demo's customer at till 1, on the virtual checkout.
func buys(t *testing.T, page string) {
	t.Helper()
	for _, keys := range []string{"05320000001=", "1000="} {
		response, err := http.PostForm(page+"/tills/1/keys", url.Values{"keys": {keys}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	ctx := testkit.Within(t, 20*time.Second)
	for seen := ""; !strings.Contains(seen, " 10 points</span>"); time.Sleep(5 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatalf("the sale was not told:\n%s", seen)
		}
		response, err := http.Get(page + "/tills/1")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		seen = string(text)
	}
}
