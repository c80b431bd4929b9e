package story_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Three headquarters on one PostgreSQL stand behind a proxy that leads to each in
// turn, and are killed with -9 one after the other, a second apart, while a till
// sells and sends. What it was told stands in its journal, each of these sales is
// at headquarters once and in one ledger, and the whole verifies.
func TestProcessesKilled(t *testing.T) {
	rounds := 4
	if *fullNumbers {
		rounds = 120
	}
	ctx := testkit.Within(t, time.Minute+time.Duration(rounds)*10*time.Second)
	cluster := postgrestest.Shared(t)
	s := newStage(t)
	s.Database = cluster.Database(t)
	if err := s.Open(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	names, daemons := []string{"hq", "hq2", "hq3"}, map[string]*stage.Process{"hq": s.HQ}
	t.Cleanup(func() {
		for _, daemon := range daemons {
			daemon.Stop()
		}
	})
	for _, name := range names[1:] {
		err := s.Beside(name)
		if err == nil {
			daemons[name], err = s.Serve(ctx, name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	till := newPOS(t, s, s.Lanes[0])
	stop, heard := make(chan struct{}), make(chan map[int64]face, 1)
	go func() { heard <- till.stream(0, stop) }()
	began := time.Now()
	killInTurn(ctx, t, s, names, daemons, rounds)
	took := time.Since(began)
	close(stop)
	told := <-heard
	if len(told) < rounds {
		t.Errorf("%d sales told in %v: that is no load", len(told), took)
	}
	k := &killing{t: t, stage: s, lane: s.Lanes[0], told: told}
	k.sent(ctx)
	for cluster.Exec(t, s.Database, `SELECT coalesce((SELECT sum(seq) FROM epoch), 0) - (SELECT sum(seq) FROM projected)`) != "0" {
		if ctx.Err() != nil {
			t.Fatal("what came in was not worked on")
		}
	}

	there := map[int64]int{}
	for line := range strings.Lines(cluster.Exec(t, s.Database, `SELECT convert_from(body, 'UTF8') FROM intake`)) {
		e, err := ledger.Decode([]byte(strings.TrimSpace(line)))
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == ledger.Sold {
			there[int64(e.Sale.Total)]++
		}
	}
	for amount := range told {
		if there[amount] != 1 {
			t.Errorf("sale of %d, told, is at headquarters %d times", amount, there[amount])
		}
	}
	if n := cluster.Exec(t, s.Database, `SELECT count(*) - count(DISTINCT entry) FROM ledger`); n != "0" {
		t.Errorf("%s entries stand in several ledgers", n)
	}
	isWhole(ctx, t, s, "hq2")
	t.Logf("%d sales told, %d kills in %v", len(told), rounds, took.Round(time.Second))
}

// killInTurn kills a process each second, one after the other, as long as another is up;
// whoever was killed starts again at once.
func killInTurn(ctx context.Context, t *testing.T, s *stage.Stage, names []string, daemons map[string]*stage.Process, kills int) {
	t.Helper()
	type started struct {
		name   string
		daemon *stage.Process
		err    error
	}
	up, back := slices.Clone(names), make(chan started, len(names))
	again := func(b started) {
		if b.err != nil {
			t.Fatal(b.name, ": ", b.err)
		}
		daemons[b.name], up = b.daemon, append(up, b.name)
	}
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for killed := 0; killed < kills || len(up) < len(names); {
		select {
		case b := <-back:
			again(b)
		case <-second.C:
			if killed == kills || len(up) < 2 {
				continue
			}
			name := up[0] // who has been up for longest
			up = up[1:]
			daemons[name].Kill()
			killed++
			go func() {
				daemon, err := s.Serve(ctx, name)
				back <- started{name, daemon, err}
			}()
		}
	}
}

// A headquarters says which server keeps its database and who works on it, and what
// it finds there is a database's and no folder's; nobody is told a password.
func TestStatusOnPostgreSQL(t *testing.T) {
	ctx := testkit.Within(t, time.Minute)
	cluster := postgrestest.Shared(t)
	s := newStage(t)
	s.Database = strings.Replace(cluster.Database(t), "loyaltyd@", "loyaltyd:s3cret-canary@", 1)
	if err := s.Open(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	ask := func(args ...string) (int, string) {
		code, out, talk := commandtest.Run(t, append(args, "--config", s.Config("hq"), "--data", s.Folder("hq"))...)
		return code, out + talk
	}
	testkit.Await(t, "the work", func() bool {
		code, text := ask("hq", "status")
		return code == exit.OK && strings.Contains(text, "PostgreSQL 1") && strings.Contains(text, "/postgres, schema ") &&
			strings.Contains(text, "this process does the work") && !strings.Contains(text, "canary")
	})
	cluster.Exec(t, s.Database, `
		INSERT INTO account (account, n, head, version)
		VALUES ('1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b', 3, decode(repeat('00', 32), 'hex'), 1)`)
	if code, text := ask("verify"); code != exit.Failed || strings.Contains(text, "folder") || strings.Contains(text, "canary") {
		t.Errorf("verify: exit %d, %s", code, text)
	}
}

// Where the database is, who may know its password, and what it is not for.
func TestDatabaseAddress(t *testing.T) {
	const secret = "s3cret-canary"
	url := "postgres://loyaltyd:" + secret + "@127.0.0.1:1/nowhere?connect_timeout=1"
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"hq", "--database", url}, exit.Unavailable, "127.0.0.1:1"},
		{[]string{"hq", "--database", "postgres://loyaltyd:" + secret + "@host:port/x"}, exit.Config, "cannot be read"},
		{[]string{"hq", "--database", "mysql://me:" + secret + "@host/x?a=b"}, exit.Config, "cannot be read"},
		{[]string{"config", "check", "--database", "postgres://loyaltyd:" + secret + "@host:port/x"}, exit.Config, "hq.database"},
		{[]string{"config", "check", "--database", "mysql://me:" + secret + "@host/x"}, exit.Config, "hq.database"},
		{[]string{"config", "check", "--database", url}, exit.OK, "nothing is wrong"},
		{[]string{"run", "--database", url}, exit.Config, "leave hq.database empty"},
		{[]string{"backup", "--database", url}, exit.Config, "pg_dump"},
		{[]string{"config", "print", "--database", url}, exit.OK, "***"},
	} {
		t.Run(strings.Join(c.args[:1], " "), func(t *testing.T) {
			dir := testkit.Private(t)
			file := filepath.Join(dir, "c.yaml")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			code := command.Run(testkit.Within(t, time.Minute), append(c.args, "--data", dir, "--config", file), os.Stdin, &out, &out)
			if code != c.code || !strings.Contains(out.String(), c.want) {
				t.Errorf("exit %d, want %d with %q: %s", code, c.code, c.want, out.String())
			}
			if strings.Contains(out.String(), secret) {
				t.Errorf("the password is told: %s", out.String())
			}
		})
	}
}

// A database that PostgreSQL's own tools put back begins an incarnation by a
// command, before headquarters answers anyone.
func TestRestoredDatabaseBegins(t *testing.T) {
	dir, url := testkit.Private(t), postgrestest.Shared(t).Database(t)
	options := hq.Options{Dir: dir, Database: url}
	h, err := hq.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, hq.KeyFile)
	own, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	args := []string{"hq", "restored", "--begin", "--database", url, "--data", dir, "--config", file}
	if err := os.WriteFile(key, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := command.Run(testkit.Within(t, time.Minute), args, os.Stdin, &out, &out); code != exit.Config || !strings.Contains(out.String(), "bring the key file") {
		t.Errorf("with a damaged key file: exit %d: %s", code, out.String())
	}
	if err := os.WriteFile(key, own, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := command.Run(testkit.Within(t, time.Minute), args, os.Stdin, &out, &out); code != exit.OK {
		t.Fatalf("exit %d: %s", code, out.String())
	}
	look, err := hq.OpenReadOnly(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	status, err := look.Status(t.Context())
	if err != nil || status.Incarnation < 2 || status.WaitsUntil == 0 {
		t.Errorf("after a restore: %+v, %v", status, err)
	}
}

// With PostgreSQL stopped, doctor sends nobody to a backup that cannot be there;
// and nobody is asked for backups that PostgreSQL makes.
func TestDoctorOfDatabase(t *testing.T) {
	dir, url := testkit.Private(t), postgrestest.Shared(t).Database(t)
	h, err := hq.Open(t.Context(), hq.Options{Dir: dir, Database: url})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		url: "entries 0", "postgres://me@127.0.0.1:1/nowhere?connect_timeout=1": "start PostgreSQL",
	} {
		var out strings.Builder
		command.Run(testkit.Within(t, time.Minute), []string{"doctor", "--database", address, "--data", dir, "--config", file}, os.Stdin, &out, &out)
		said := out.String()
		if !strings.Contains(said, want) || !strings.Contains(said, backups.OfPostgreSQL) {
			t.Errorf("doctor does not say %q: %s", want, said)
		}
		if strings.Contains(said, "loyaltyd restore") || strings.Contains(said, "backup init") {
			t.Errorf("doctor sends to backups of a folder: %s", said)
		}
	}
}
