package backups_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// A manager of a shop erases a customer: she is told before what goes and stays, asked
// for her PIN, and the number is nobody's at the till and at its headquarters.
func TestEraseInAShop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till")
	till, err := terminal.Open(t.Context(), shop.Config(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	defer testkit.Runs(t, till)()
	shop.TakeIn(t, till, shop.Ayse)
	shop.TakeIn(t, till, shop.Mehmet)
	does := func(want int, line string, args ...string) string {
		t.Helper()
		code, text := shop.Keyed(t, line, append(args, "--data", dir)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, text)
		}
		return text
	}
	does(exit.OK, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin")
	does(exit.OK, shop.ManagerPIN, "member", "adjust", shop.Ayse, "--amount", "+700", "--reason", "a start", "--manager", "9", "--pin-stdin")
	shop.Eventually(t, "a start", "member", "history", shop.Ayse, "--data", dir)
	erase := []string{"member", "erase", shop.Ayse, "--reason", "she asked", "--manager", "9", "--pin-stdin"}
	does(exit.Usage, shop.ManagerPIN, "member", "erase", shop.Ayse, "--manager", "9", "--pin-stdin", "--yes")
	if text := does(exit.Usage, shop.ManagerPIN, erase...); !strings.Contains(text, "give --yes") {
		t.Errorf("not asked: %s", text)
	}
	does(exit.Permission, "", "member", "erase", shop.Ayse, "--reason", "she asked", "--yes")
	does(exit.Permission, "0000", append(erase, "--yes")...)
	does(exit.Data, shop.ManagerPIN, "member", "erase", shop.Ayse, "--reason", "0532 000 00 02", "--manager", "9", "--pin-stdin", "--yes")
	does(exit.Failed, shop.ManagerPIN, "member", "erase", "0532 000 00 09", "--reason", "she asked", "--manager", "9", "--pin-stdin", "--yes")
	text := does(exit.OK, shop.ManagerPIN, append(erase, "--yes")...)
	for _, words := range []string{"her number, name and month of birth", "ends:    700 points", "entries of what happened", "outside: paper", "erased: member"} {
		if !strings.Contains(text, words) {
			t.Errorf("not told %q: %s", words, text)
		}
	}
	testkit.Await(t, "unknown at the till", func() bool {
		code, _ := shop.Keyed(t, "", "member", "show", shop.Ayse, "--data", dir)
		return code == exit.Failed
	})
	does(exit.Failed, shop.ManagerPIN, append(erase, "--yes")...)
	does(exit.Failed, "", "member", "export", shop.Ayse)
	// By her id: of somebody who lost her number.
	code, shown := shop.Keyed(t, "", "member", "show", shop.Mehmet, "--data", dir)
	_, rest, _ := strings.Cut(shown, "(")
	account, _, _ := strings.Cut(rest, ")")
	if code != exit.OK || len(account) != 36 {
		t.Fatalf("account of %q", shown)
	}
	if text := does(exit.OK, shop.ManagerPIN, "member", "erase", account, "--reason", "he asked", "--manager", "9", "--pin-stdin", "--yes", "--json"); !strings.Contains(text, account) {
		t.Errorf("by id: %s", text)
	}
	does(exit.OK, "", "verify")
}

// Nothing of an erased member can be had from any backup, of before or after, once the
// file beside them was written anew: neither from the files nor from what is restored.
// Who was not erased is found as ever.
func TestErasedInAllBackups(t *testing.T) {
	s := newSaved(t)
	till, stop := shop.Open(t, s.config)
	stopped := false
	defer func() {
		if !stopped {
			stop()
		}
	}()
	shop.TakeIn(t, till, shop.Ayse)
	shop.TakeIn(t, till, shop.Mehmet)
	shop.Eventually(t, "headquarters:", "member", "show", shop.Ayse, "--data", s.config.DataDir)
	shop.Eventually(t, "headquarters:", "member", "show", shop.Mehmet, "--data", s.config.DataDir)
	before := s.backup()
	dir := s.restore(before)
	if code, text := shop.Keyed(t, "", "member", "export", shop.Ayse, "--data", dir); code != exit.OK || !strings.Contains(text, "+90532") {
		t.Fatalf("she is not in the backup: exit %d, %s", code, text)
	}
	s.opensToNobody(before)
	persons := personsIn(t, s.stick)
	was, err := os.ReadFile(persons)
	s.must(err)

	code, text := shop.Keyed(t, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin", "--data", s.config.DataDir)
	if code != exit.OK {
		t.Fatal(text)
	}
	code, text = shop.Keyed(t, shop.ManagerPIN, "member", "erase", shop.Ayse, "--reason", "she asked", "--manager", "9", "--pin-stdin", "--yes", "--data", s.config.DataDir)
	if code != exit.OK || strings.Contains(text, "the backups still have") {
		t.Fatalf("exit %d, %s", code, text)
	}
	if now, err := os.ReadFile(persons); err != nil || bytes.Equal(now, was) {
		t.Error("the file beside the backups is as it was")
	}
	after := s.backup()
	stop()
	stopped = true
	for name, file := range map[string]string{"before": before, "after": after} {
		dir := s.restore(file)
		if code, text := shop.Keyed(t, "", "member", "export", shop.Ayse, "--data", dir); code != exit.Failed {
			t.Errorf("restored from the backup %s: exit %d, %s", name, code, text)
		}
		if code, text := shop.Keyed(t, "", "member", "export", shop.Mehmet, "--data", dir); code != exit.OK || !strings.Contains(text, "+90532") {
			t.Errorf("who was not erased, from the backup %s: exit %d, %s", name, code, text)
		}
		look, err := hq.OpenReadOnly(t.Context(), hq.Options{Dir: dir})
		s.must(err)
		if serial, err := look.LastErasure(t.Context()); err != nil || serial == 0 {
			t.Errorf("from the backup %s nobody was erased again: %v", name, err)
		}
		s.must(look.Close())
	}
}

// Without the file beside it a backup is restored only when somebody says so, and knows
// nobody; and that file alone is no backup.
func TestRestoreWithoutPersons(t *testing.T) {
	s := newSaved(t)
	till, stop := shop.Open(t, s.config)
	shop.TakeIn(t, till, shop.Ayse)
	shop.Eventually(t, "headquarters:", "member", "show", shop.Ayse, "--data", s.config.DataDir)
	stop()
	file := s.backup()
	persons := personsIn(t, s.stick)
	elsewhere := filepath.Join(t.TempDir(), "kept")
	restore := func(want int, words string, args ...string) {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "again")
		code, out, talk := commandtest.Run(t, append([]string{"restore", "--to", dir, "--key-file", s.key}, args...)...)
		if code != want || !strings.Contains(out+talk, words) {
			t.Errorf("%v: exit %d, want %d with %q: %s", args, code, want, words, talk)
		}
	}
	restore(exit.Data, "is none", persons)
	s.must(os.Rename(persons, elsewhere))
	restore(exit.Data, "name it with --persons", file)
	restore(exit.OK, "", file, "--persons", elsewhere)
	restore(exit.OK, "1 members have neither number nor name", file, "--without-persons")
}

// opensToNobody looks for all that leads to a person in the bytes of a backup, as whoever has
// the recovery key can: her hashes under the keys in it, and her attachments. The data
// folder has them.
func (s *saved) opensToNobody(file string) {
	s.t.Helper()
	folder := testkit.Private(s.t)
	s.unpack(file, folder)
	var id datadir.Identity
	s.must(keys.ReadFile(datadir.KeyFile(s.config.DataDir), &id))
	lookup, err := keys.ParseLookup(id.LookupKey)
	s.must(err)
	hash := lookup.Hash(ledger.PhoneIdentifier, e164Of(s.t, shop.Ayse))
	for name, trace := range map[string][]byte{
		"the store's hash": []byte(hex.EncodeToString(hash[:])), "an attachment": []byte("age-encryption.org/v1"),
	} {
		if bytes.Contains(s.bytesIn(folder), trace) {
			s.t.Errorf("the backup has %s", name)
		}
		if !bytes.Contains(s.bytesIn(s.config.DataDir), trace) {
			s.t.Errorf("the data folder does not have %s: nothing was tried", name)
		}
	}
}

func (s *saved) unpack(file, folder string) {
	s.t.Helper()
	text, err := os.ReadFile(s.key)
	s.must(err)
	key, err := keys.ParseTyped(string(text))
	s.must(err)
	from, err := os.Open(file)
	s.must(err)
	defer from.Close()
	s.must(backup.Read(from, key, func(backup.Manifest) error { return nil }, func(p backup.Part) (io.WriteCloser, error) {
		return os.Create(filepath.Join(folder, strings.ReplaceAll(p.Name, "/", "_")))
	}))
}

func (s *saved) bytesIn(folder string) (all []byte) {
	s.t.Helper()
	s.must(filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, text...)
		return err
	}))
	return all
}

func e164Of(t testing.TB, typed string) string {
	t.Helper()
	number, err := phone.Parse(typed, "TR")
	if err != nil {
		t.Fatal(err)
	}
	return number.E164()
}

// personsIn is the file beside the backups of a folder.
func personsIn(t testing.TB, folder string) (path string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(at string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(at, backups.PersonsSuffix) {
			path = at
		}
		return err
	})
	if err != nil || path == "" {
		t.Fatalf("no file beside the backups: %v", err)
	}
	return path
}

// A folder with backups that is not there when somebody is erased is told of, and done
// once it is there again; no other waits for it.
func TestErasedFromAStickThatIsAway(t *testing.T) {
	s := newSaved(t)
	till, stop := shop.Open(t, s.config)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)
	shop.Eventually(t, "headquarters:", "member", "show", shop.Ayse, "--data", s.config.DataDir)
	s.backup()
	second := filepath.Join(t.TempDir(), "second")
	s.must(os.Mkdir(second, 0o700))
	if code, _, talk := commandtest.Run(t, "backup", "--config", s.file, "--to", second); code != exit.OK {
		t.Fatal(talk)
	}
	files := map[string][]byte{personsIn(t, s.stick): nil, personsIn(t, second): nil}
	for path := range files {
		var err error
		files[path], err = os.ReadFile(path)
		s.must(err)
	}
	s.must(os.Rename(second, second+".away"))
	if code, text := shop.Keyed(t, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin", "--data", s.config.DataDir); code != exit.OK {
		t.Fatal(text)
	}
	code, text := shop.Keyed(t, shop.ManagerPIN, "member", "erase", shop.Ayse, "--reason", "she asked", "--manager", "9", "--pin-stdin", "--yes", "--data", s.config.DataDir)
	if code != exit.OK || !strings.Contains(text, "the backups still have her keys") {
		t.Fatalf("exit %d, %s", code, text)
	}
	s.must(os.Rename(second+".away", second))
	daily := &backups.Daily{Config: s.config, Files: []string{s.file}, Log: zerolog.Nop()}
	daily.LookAtPersons(t.Context())
	for path, was := range files {
		if now, err := os.ReadFile(path); err != nil || bytes.Equal(now, was) {
			t.Errorf("%s is as it was, %v", path, err)
		}
	}
}
