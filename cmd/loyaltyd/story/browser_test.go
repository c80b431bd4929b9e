package story_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// browser is a Chromium without a window, and a hand and an eye on it.
type browser struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string // of the browser about a page
}

// newBrowser opens one as large as the screen of a till.
func newBrowser(t testing.TB) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is not installed: make tools-test")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	limited := testkit.Within(t, 4*time.Minute)
	started, stop := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(started)
	t.Cleanup(end)
	b := &browser{t: t, ctx: ctx}
	go b.hear(chromedp.Console(ctx)) // ends with the browser
	b.do(chromedp.EmulateViewport(1024, 768))
	return b
}

// hear keeps what the browser complains of: what a page's policy forbids, a script
// that fails.
func (b *browser) hear(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range messages {
		if err != nil {
			return
		}
		// A till that is away, or a stranger that is refused, is part of the story.
		if m.Source == "network" || m.Type != chromedp.ConsoleError && m.Type != chromedp.ConsoleException {
			continue
		}
		b.mu.Lock()
		b.complaints = append(b.complaints, m.Text)
		b.mu.Unlock()
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	answer, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return answer
}

func (b *browser) open(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

// key presses keys of the keyboard by hand: \r is Enter, for which a finger has to
// move.
func (b *browser) key(keys string) {
	b.t.Helper()
	digits, entered := strings.CutSuffix(keys, "\r")
	if digits != "" {
		b.do(chromedp.KeyEvent(digits))
	}
	if entered {
		ask[bool](b, `new Promise((moved) => setTimeout(moved, 50, true))`)
		b.do(chromedp.KeyEvent("\r"))
	}
}

// scan types a code as a scanner does that is a keyboard: at once, and Enter.
func (b *browser) scan(code string) {
	b.t.Helper()
	ask[bool](b, fmt.Sprintf(`[...%q, "Enter"].forEach((key) => document.activeElement.dispatchEvent(
		new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}))), true`, code))
}

// click presses what a selector finds.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// fill writes into fields by their names, and sends their form.
func (b *browser) fill(form string, fields ...string) {
	b.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		field := fmt.Sprintf("%s [name=%s]", form, fields[i])
		b.do(chromedp.SetValue(chromedp.CSS(field), fields[i+1]))
	}
	b.click(form + " button:not([type=button])")
}

// text is what stands where a selector finds it; empty where nothing does.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return ask[string](b, fmt.Sprintf(`document.querySelector(%q)?.innerText || ""`, selector))
}

// see waits until words stand where a selector finds them.
func (b *browser) see(selector, words string) {
	b.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		text := b.text(selector)
		if strings.Contains(text, words) {
			return
		}
		if time.Now().After(end) {
			b.picture("missed")
			b.t.Fatalf("waited for %q in %s, there stands %q; the page says\n%s", words, selector, text, b.text("body"))
		}
	}
}

// calm wants a page that the browser has nothing against.
func (b *browser) calm() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, complaint := range b.complaints {
		b.t.Errorf("the browser complains: %s", complaint)
	}
	b.complaints = nil
}

// dark makes the browser's user like it dark, or light.
func (b *browser) dark(dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media)
		return err
	}))
}

// axe is the checker of pages for who cannot see, hear or hold a mouse.
func axe(t testing.TB) string {
	t.Helper()
	packed, err := os.ReadFile("testdata/axe.min.js.gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// faults are what axe holds to be serious of the page that is open.
const faults = `axe.run({resultTypes: ["violations"]}).then((r) => r.violations
	.filter((v) => v.impact === "serious" || v.impact === "critical")
	.map((v) => v.id + ": " + v.help + "\n    " + v.nodes.map((n) => n.html + " " + n.any.map((a) => a.message).join()).join("\n    ")))`

// smallest are the buttons, links and fields that are smaller than a finger.
const smallest = `[...document.querySelectorAll("button, a, input, select")]
	.filter((e) => { const r = e.getBoundingClientRect(); return r.width > 0 && e.type !== "hidden" && (r.height < 44 || r.width < 44) && !e.closest("p, li, .quiet") })
	.map((e) => e.outerHTML.slice(0, 120) + " " + JSON.stringify(e.getBoundingClientRect()))`

// judge has axe look at the page in light and dark, and looks itself at whether
// each target is as large as a finger.
func (b *browser) judge(axe, what string) {
	b.t.Helper()
	ask[bool](b, axe+"; true")
	for _, dark := range []bool{false, true} {
		b.dark(dark)
		for _, fault := range ask[[]string](b, faults) {
			b.t.Errorf("%s, dark %v: %s", what, dark, fault)
		}
	}
	b.dark(false)
	for _, target := range ask[[]string](b, smallest) {
		b.t.Errorf("%s: smaller than 44 pixels: %s", what, target)
	}
}

// picture keeps what the browser shows where PICTURES names a folder.
func (b *browser) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("PICTURES")
	if folder == "" {
		return
	}
	for _, size := range []struct{ width, height int64 }{{1024, 768}, {1920, 1080}} {
		for _, dark := range []bool{false, true} {
			b.dark(dark)
			b.do(chromedp.EmulateViewport(size.width, size.height))
			picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				b.t.Fatal(err)
			}
			file := fmt.Sprintf("%s-%d%s.png", name, size.width, map[bool]string{true: "-dark"}[dark])
			if err := os.WriteFile(filepath.Join(folder, file), picture, 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.dark(false)
	b.do(chromedp.EmulateViewport(1024, 768))
}
