package backups_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// saved is a shop whose backups go to a folder, with its recovery key.
type saved struct {
	t      testing.TB
	file   string // the configuration
	stick  string
	key    string // the recovery key's file
	config configs.Config
}

// newSaved writes the configuration of a till that is its own headquarters and
// makes the recovery key.
func newSaved(t testing.TB) *saved {
	t.Helper()
	s := &saved{t: t, file: filepath.Join(t.TempDir(), "till.yaml"), stick: t.TempDir()}
	s.key = s.file + ".key"
	text := fmt.Sprintf("# ours\ndata_dir: %s\napi: {listen: 127.0.0.1:0}\nhq: {listen: 127.0.0.1:0}\n", filepath.Join(t.TempDir(), "till"))
	s.must(os.WriteFile(s.file, []byte(text), 0o600))
	code, out, talk := commandtest.Run(t, "backup", "init", "--config", s.file, "--target", s.stick)
	if code != exit.OK || !strings.HasPrefix(out, "AGE-SECRET-KEY-1") || !strings.Contains(talk, "paper") {
		t.Fatalf("backup init: exit %d, %s", code, talk)
	}
	s.must(os.WriteFile(s.key, []byte(strings.ToLower(out)), 0o600)) // as somebody types it
	s.reload()
	if written, _ := os.ReadFile(s.file); bytes.Contains(bytes.ToUpper(written), []byte("AGE-SECRET")) || !bytes.HasPrefix(written, []byte("# ours")) {
		t.Errorf("the configuration is now\n%s", written)
	}
	return s
}

func (s *saved) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *saved) reload(flags ...string) configs.Config {
	s.t.Helper()
	set := map[string]string{}
	for i := 0; i+1 < len(flags); i += 2 {
		set[flags[i]] = flags[i+1]
	}
	loaded, err := configs.Load([]string{s.file}, set)
	s.must(err)
	s.config = loaded.Config
	return s.config
}

// backup makes one and gives its path.
func (s *saved) backup() string {
	s.t.Helper()
	var code int
	var out, talk string
	for ctx := testkit.Within(s.t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		code, out, talk = commandtest.Run(s.t, "backup", "--config", s.file, "--json")
		if code != exit.Locked || ctx.Err() != nil { // the daemon may make its own
			break
		}
	}
	var made command.BackedUp
	if code != exit.OK || json.Unmarshal([]byte(out), &made) != nil {
		s.t.Fatalf("backup: exit %d, %s", code, talk)
	}
	return made.File
}

// restore puts a backup into a new folder.
func (s *saved) restore(file string) (dir string) {
	s.t.Helper()
	dir = filepath.Join(s.t.TempDir(), "restored")
	code, _, talk := commandtest.Run(s.t, "restore", file, "--to", dir, "--key-file", s.key)
	if code != exit.OK || !strings.Contains(talk, "must stay off") {
		s.t.Fatalf("restore: exit %d, %s", code, talk)
	}
	shop.Clean(s.t, dir)
	return dir
}

func (s *saved) backups() (names []string) {
	s.t.Helper()
	entries, err := os.ReadDir(s.stick)
	s.must(err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), backups.PersonsSuffix) {
			names = append(names, e.Name())
		}
	}
	return names
}

// counter is a till that sells to members and remembers what it told them.
type counter struct {
	t    testing.TB
	till *terminal.Terminal
	sale int
}

func (c *counter) sell(amount ledger.Minor, rewards ...string) (told ledger.Points) {
	c.t.Helper()
	return c.sellTo("+905320000001", amount, rewards...)
}

func (c *counter) sellTo(number string, amount ledger.Minor, rewards ...string) (told ledger.Points) {
	c.t.Helper()
	c.sale++
	completed, err := c.till.Till.Complete(c.t.Context(), time.Now(), checkout.Basket{
		Entry: c.till.Till.NewEntry(), SaleID: fmt.Sprint(c.till.Identity.Terminal, c.sale), Currency: "TRY", Redeem: testkit.Once(rewards...),
		Lines: []ledger.Line{{Net: amount, Gross: amount, Quantity: 1}},
		Who:   checkout.Who{Phone: number, Proof: ledger.Claimed},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, p := range completed.Entry.Postings {
		if p.To == ledger.Available {
			told += p.Amount
		} else {
			told -= p.Amount
		}
	}
	return told
}

// shows waits until a till shows ayse a balance of which it may spend at least so
// much.
func shows(t testing.TB, till *terminal.Terminal, balance, spendable ledger.Points) {
	t.Helper()
	showsTo(t, till, shop.Ayse, balance, spendable)
}

// showsTo is shows for a number; it returns whose it is.
func showsTo(t testing.TB, till *terminal.Terminal, typed string, balance, spendable ledger.Points) ledger.AccountID {
	t.Helper()
	for ctx := testkit.Within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		member, _, err := till.Till.Identify(t.Context(), typed)
		if err == nil {
			if b := member.Balance("points"); b.Shown == balance && b.Spendable >= spendable {
				return member.Account
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("%s shows %+v, %v; want %d, %d of it spendable", till.Identity.Name, member.Balance("points"), err, balance, spendable)
		}
	}
}

// Nobody who has the file alone reads anything in it, nor in its name.
func TestBackupTellsNothing(t *testing.T) {
	s := newSaved(t)
	till, stop := shop.Open(t, s.config)
	shop.TakeIn(t, till, shop.Ayse)
	defer stop()
	file := s.backup()
	text, err := os.ReadFile(file)
	s.must(err)
	for _, canary := range []string{"5320000001", "0532", "SQLite format", till.Identity.LookupKey, till.Identity.Name} {
		if bytes.Contains(text, []byte(canary)) || strings.Contains(file, canary) {
			t.Errorf("%q can be read", canary)
		}
	}
	s.restore(file)
}

// Backups and sweeps that end and begin at the same time never meet in one
// folder, and leave nothing.
func TestWorkFolderChangesHands(t *testing.T) {
	dir := testkit.Private(t)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for range 300 {
				if err := backups.SweepWork(dir); err != nil {
					t.Error(err)
					return
				}
			}
		})
		all.Go(func() {
			for range 300 {
				if err := workOnce(dir); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// workOnce takes the work folder if it is free, and finds it its own.
func workOnce(dataDir string) error {
	lock, dir, err := backups.OpenWork(dataDir)
	if exit.Code(err) == exit.Locked {
		return nil
	}
	if err != nil {
		return err
	}
	snapshot := filepath.Join(dir, "snapshot")
	f, err := os.OpenFile(snapshot, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		_, err = os.Stat(snapshot)
	}
	return errors.Join(err, backups.CloseWork(lock, dir))
}

// Places that are not there, or not where they were, are refused, and the
// newest few backups are kept.
func TestBackupPlaces(t *testing.T) {
	s := newSaved(t)
	_, stop := shop.Open(t, s.config)
	stop()
	with := func(text string) string {
		written, err := os.ReadFile(s.file)
		s.must(err)
		file := filepath.Join(t.TempDir(), "x.yaml")
		s.must(os.WriteFile(file, append(written, text...), 0o600))
		return file
	}
	missing := filepath.Join(s.stick, "stick")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--config", s.file, "--to", missing + "/"}, exit.Unavailable, "plug the stick in"},
		{[]string{"--config", s.file, "--to", missing + "/x.age"}, exit.Unavailable, "plug the stick in"},
		{[]string{"--config", s.file, "--to", s.file}, exit.Data, "left as it is"},
		{[]string{"--config", s.file, "--to", s.config.DataDir}, exit.Config, "data folder itself"},
		{[]string{"--data", s.config.DataDir, "--to", s.stick}, exit.Config, "backup init"},
		{[]string{"--config", s.file, "--data", testkit.Private(t)}, exit.Data, "no till"},
	} {
		if code, _, talk := commandtest.Run(t, append([]string{"backup"}, c.args...)...); code != c.code || !strings.Contains(talk, c.says) {
			t.Errorf("%v: exit %d, %s", c.args, code, talk)
		}
	}
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
	file := with("  keep: 2\n")
	var made []string
	for range 4 {
		code, out, talk := commandtest.Run(t, "backup", "--config", file)
		if code != exit.OK {
			t.Fatal(talk)
		}
		made = append(made, filepath.Base(strings.TrimSpace(out)))
	}
	if have := s.backups(); len(have) != 2 || have[0] != made[2] || have[1] != made[3] {
		t.Errorf("kept %v of %v", have, made)
	}
	// As if the stick that had the last one were not mounted.
	record, err := backups.ReadRecord(s.config.DataDir)
	s.must(err)
	record.SameDisk = false
	s.must(record.Save(s.config.DataDir))
	if code, _, talk := commandtest.Run(t, "backup", "--config", file); code != exit.Unavailable || !strings.Contains(talk, "was on another disk") {
		t.Errorf("not mounted: exit %d, %s", code, talk)
	}
}

// A full disk is told as that, and the backups that are there stay.
func TestBackupDiskFull(t *testing.T) {
	s := newSaved(t)
	_, stop := shop.Open(t, s.config)
	stop()
	good := s.backup()
	out, err := s.process(t.Context(), "prlimit", "--fsize=200000").CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != exit.IO || !bytes.Contains(out, []byte("needs room for a copy")) {
		t.Errorf("%v, %s", err, out)
	}
	if have := s.backups(); len(have) != 1 || have[0] != filepath.Base(good) {
		t.Errorf("there are %v", have)
	}
	if _, err := os.Stat(backups.WorkFolder(s.config.DataDir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("snapshots are left: %v", err)
	}
	s.restore(good)
}

// process is `loyaltyd backup` as a process, behind other words.
func (s *saved) process(ctx context.Context, words ...string) *exec.Cmd {
	executable, err := os.Executable()
	s.must(err)
	words = append(words, executable, "backup", "--config", s.file)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append(os.Environ(), commandtest.Env+"=1")
	return cmd
}

// A backup that is killed wherever it is leaves the ones before it, and either
// nothing or a whole one; no snapshot outlives the next start.
func TestBackupKilled(t *testing.T) {
	s := newSaved(t)
	text, err := os.ReadFile(s.file)
	s.must(err)
	// Killed after its file stands a backup is whole, and each whole one counts.
	s.must(os.WriteFile(s.file, bytes.Replace(text, []byte("backup:\n"), []byte("backup:\n  keep: 1000\n"), 1), 0o600))
	s.reload()
	till, stop := shop.Open(t, s.config)
	shop.TakeIn(t, till, shop.Ayse)
	stop()
	good := s.backup()
	kills := 0
	for wait := time.Duration(0); ; wait += 3 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		err := s.process(ctx).Run()
		cancel()
		if err == nil {
			break
		}
		kills++
		text, err := os.ReadFile(good)
		if err != nil || len(text) == 0 {
			t.Fatal(err)
		}
	}
	t.Logf("killed %d times", kills)
	for _, name := range s.backups() {
		if strings.HasSuffix(name, ".partial") {
			t.Errorf("%s is left", name)
			continue
		}
		s.restore(filepath.Join(s.stick, name))
	}
	s.must(os.MkdirAll(backups.WorkFolder(s.config.DataDir), 0o700))
	s.must(os.WriteFile(filepath.Join(backups.WorkFolder(s.config.DataDir), "journal.db"), []byte("plain"), 0o600))
	_, stop = shop.Open(t, s.config)
	for ctx := testkit.Within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(backups.WorkFolder(s.config.DataDir)); errors.Is(err, fs.ErrNotExist) {
			break
		}
		if ctx.Err() != nil {
			t.Fatal("a snapshot outlived the start")
		}
	}
	stop()
}

// The daemon makes a backup a day by itself; when it cannot, the diary says so
// once and status as long as it lasts.
func TestDailyBackup(t *testing.T) {
	s := newSaved(t)
	_, stop := shop.Open(t, s.config)
	testkit.Await(t, "a backup by the daemon", func() bool {
		all := s.backups() // for a moment there is neither the partial one nor the whole
		return len(all) > 0 && !strings.HasSuffix(all[0], ".partial")
	})
	stop()
	said := func() string {
		_, out, _ := commandtest.Run(t, "status", "--config", s.file)
		return out
	}
	if out := said(); strings.Contains(out, "NO ") || !strings.Contains(out, s.stick) {
		t.Errorf("status:\n%s", out)
	}
	s.must(os.Rename(s.stick, s.stick+".unplugged"))
	if out := said(); !strings.Contains(out, "NO BACKUP CAN BE MADE NOW") {
		t.Errorf("the stick was pulled; status:\n%s", out)
	}
	s.must(os.Rename(s.stick+".unplugged", s.stick))
	record, err := backups.ReadRecord(s.config.DataDir)
	s.must(err)
	var diary bytes.Buffer
	daily := &backups.Daily{Config: s.config, Files: []string{s.file}, Log: zerolog.New(&diary)}
	daily.Look(t.Context())
	if diary.Len() > 0 {
		t.Errorf("a fresh one: %s", diary.String())
	}
	record.At = record.At.Add(-25 * time.Hour)
	s.must(record.Save(s.config.DataDir))
	s.must(os.Rename(s.stick, s.stick+".unplugged"))
	for range 2 {
		daily.Look(t.Context())
	}
	if n := strings.Count(diary.String(), "no backup could be made"); n != 1 {
		t.Errorf("told %d times:\n%s", n, diary.String())
	}
	if out := said(); !strings.Contains(out, "NO FRESH BACKUP") || !strings.Contains(out, "is not there") {
		t.Errorf("status:\n%s", out)
	}
	s.must(os.Rename(s.stick+".unplugged", s.stick))
	daily.Look(t.Context())
	if !strings.Contains(diary.String(), "backup made") || strings.Contains(said(), "NO ") {
		t.Errorf("plugged in: %s\n%s", diary.String(), said())
	}
}

// What an older release wrote is backed up before its first start under this
// one, and its backup restored by this one.
func TestBackupOfAnOlderRelease(t *testing.T) {
	releases, err := filepath.Glob("../testdata/release-*.tar.gz")
	if err != nil || len(releases) == 0 {
		t.Fatalf("no release is kept: %v", err)
	}
	s := newSaved(t)
	for _, release := range releases {
		dir := t.TempDir()
		shop.Unpack(t, release, dir)
		for _, name := range []string{"till1", "hq"} {
			code, out, talk := commandtest.Run(t, "backup", "--config", s.file, "--data", filepath.Join(dir, name))
			if code != exit.OK {
				t.Fatalf("%s of %s: exit %d, %s", name, release, code, talk)
			}
			s.restore(strings.TrimSpace(out))
		}
	}
}
