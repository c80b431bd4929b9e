package backup_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func identity(t testing.TB) keys.Identity {
	t.Helper()
	id, err := keys.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// contents are the parts of a small backup.
func contents() map[string][]byte {
	random := rand.NewChaCha8([32]byte{1})
	large := make([]byte, 300_000)
	random.Read(large)
	return map[string][]byte{
		"journal.db": large, "key": []byte(`{"phone":"+905321234567"}`), "config/loyaltyd.yaml": []byte("a: b\n"), "empty": nil,
	}
}

func manifest(parts map[string][]byte) backup.Manifest {
	m := backup.Manifest{Format: backup.Format, Release: "test", At: 1_700_000_000_000}
	for _, name := range []string{"journal.db", "key", "config/loyaltyd.yaml", "empty"} {
		m.Parts = append(m.Parts, backup.Part{Name: name, Size: int64(len(parts[name])), Hash: ledger.HashOf(parts[name])})
	}
	return m
}

func write(t testing.TB, id keys.Identity, m backup.Manifest, parts map[string][]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	err := backup.Write(&file, id.Recipient(), m, func(p backup.Part) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(parts[p.Name])), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

func read(file []byte, id keys.Identity) (m backup.Manifest, parts map[string][]byte, err error) {
	parts = map[string][]byte{}
	var last *buffer
	var name string
	err = backup.Read(bytes.NewReader(file), id,
		func(got backup.Manifest) error { m = got; return nil },
		func(p backup.Part) (io.WriteCloser, error) {
			if last != nil {
				parts[name] = last.Bytes()
			}
			last, name = new(buffer), p.Name
			return last, nil
		})
	if last != nil {
		parts[name] = last.Bytes()
	}
	return m, parts, err
}

// What was written is read, and none of it can be read in the file.
func TestRoundTrip(t *testing.T) {
	id, parts := identity(t), contents()
	file := write(t, id, manifest(parts), parts)
	m, got, err := read(file, id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(manifest(parts), m); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(parts, got); diff != "" {
		t.Error("parts differ")
	}
	for _, canary := range []string{"5321234567", "journal.db", "loyaltyd"} {
		if bytes.Contains(file, []byte(canary)) {
			t.Errorf("%q can be read", canary)
		}
	}
}

// Whatever byte is changed, wherever the file ends, and whatever follows it:
// it is refused, in words.
func TestDamage(t *testing.T) {
	id, parts := identity(t), contents()
	file := write(t, id, manifest(parts), parts)
	refused := func(what string, damaged []byte) {
		t.Helper()
		_, _, err := read(damaged, id)
		if err == nil || !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, keys.ErrOtherKey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := 0; i < len(file); i += 1 + i/200 { // each byte of the header, samples of the rest
		damaged := bytes.Clone(file)
		damaged[i] ^= 1 << (i % 8)
		refused(fmt.Sprintf("byte %d", i), damaged)
	}
	for i := 0; i < len(file); i += 1 + len(file)/50 {
		refused(fmt.Sprintf("cut at %d", i), file[:i])
	}
	refused("cut by one", file[:len(file)-1])
	refused("one byte more", append(bytes.Clone(file), 0))
	refused("nothing", nil)
	refused("something else", []byte("hello, I am no backup at all"))
}

func TestOtherKey(t *testing.T) {
	parts := contents()
	file := write(t, identity(t), manifest(parts), parts)
	if _, _, err := read(file, identity(t)); !errors.Is(err, keys.ErrOtherKey) {
		t.Error(err)
	}
}

// A file of a later release is refused as one before anything of it is used,
// with keys that this one does not know too.
func TestNewer(t *testing.T) {
	text := `{"format":3,"release":"9.0","at_ms":1,"parts":"elsewhere"}`
	if _, err := backup.ParseManifest([]byte(text)); !errors.Is(err, backup.ErrNewer) {
		t.Error(err)
	}
}

func TestParseManifestRefuses(t *testing.T) {
	good := `{"format":1,"release":"x","at_ms":1,"parts":[{"name":"key","size_bytes":1,"sha256":"` +
		ledger.HashOf(nil).String() + `"}]}`
	if _, err := backup.ParseManifest([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no format":        strings.Replace(good, `"format":1,`, "", 1),
		"no parts":         `{"format":1,"release":"x","at_ms":1,"parts":[]}`,
		"a path upwards":   strings.Replace(good, `"key"`, `"../key"`, 1),
		"an absolute path": strings.Replace(good, `"key"`, `"/etc/passwd"`, 1),
		"a hidden name":    strings.Replace(good, `"key"`, `".lock"`, 1),
		"a folder":         strings.Replace(good, `"key"`, `"a/b"`, 1),
		"itself":           strings.Replace(good, `"key"`, `"manifest.json"`, 1),
		"a size below 0":   strings.Replace(good, `_bytes":1`, `_bytes":-1`, 1),
		"a key it has not": strings.Replace(good, `"release"`, `"flavor"`, 1),
		"a key twice":      strings.Replace(good, `"at_ms":1`, `"at_ms":1,"at_ms":2`, 1),
		"no JSON":          good[1:],
	} {
		if _, err := backup.ParseManifest([]byte(text)); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A part that is not what was hashed before makes no backup.
func TestPartChanges(t *testing.T) {
	parts := contents()
	m := manifest(parts)
	parts["key"] = []byte(strings.Repeat("x", len(parts["key"])))
	for name, with := range map[string][]byte{
		"other bytes": parts["key"], "longer": append(contents()["key"], 'x'), "shorter": contents()["key"][1:],
	} {
		err := backup.Write(io.Discard, identity(t).Recipient(), m, func(p backup.Part) (io.ReadCloser, error) {
			if p.Name == "key" {
				return io.NopCloser(bytes.NewReader(with)), nil
			}
			return io.NopCloser(bytes.NewReader(parts[p.Name])), nil
		})
		if err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// A disk that is full is told as that, not as damage.
func TestDiskFull(t *testing.T) {
	id, parts := identity(t), contents()
	file := write(t, id, manifest(parts), parts)
	full := errors.New("no space left on device")
	err := backup.Read(bytes.NewReader(file), id, func(backup.Manifest) error { return nil },
		func(backup.Part) (io.WriteCloser, error) { return failing{full}, nil })
	if !errors.Is(err, full) || errors.Is(err, backup.ErrDamaged) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
func (failing) Close() error                { return nil }

// Any bytes behind a right key: read as they are, or refused; never a panic,
// and never a part outside of its place.
func FuzzParseManifest(f *testing.F) {
	text, err := json.Marshal(manifest(contents()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":2}`))
	f.Add([]byte(`{"format":1,"parts":[{"name":"config/../x"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := backup.ParseManifest(text)
		if err != nil {
			return
		}
		for _, p := range m.Parts {
			if strings.Contains(p.Name, "..") && strings.Contains(p.Name, "/..") || strings.HasPrefix(p.Name, "/") {
				t.Errorf("part %q", p.Name)
			}
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := backup.ParseManifest(again); err != nil || !cmp.Equal(m, same) {
			t.Errorf("written again it reads %v, %v", same, err)
		}
	})
}

// What stands inside of the encryption comes from whoever knows the recipient:
// anybody.
func FuzzRead(f *testing.F) {
	id, parts := identity(f), contents()
	parts["journal.db"] = []byte("small")
	plain, err := keys.OpenStream(id, bytes.NewReader(write(f, id, manifest(parts), parts)))
	if err != nil {
		f.Fatal(err)
	}
	inside, err := io.ReadAll(plain)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(inside)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, inside []byte) {
		var file bytes.Buffer
		sealed, err := keys.SealStream(id.Recipient(), &file)
		if err == nil {
			_, err = sealed.Write(inside)
		}
		if err = errors.Join(err, sealed.Close()); err != nil {
			t.Fatal(err)
		}
		m, got, err := read(file.Bytes(), id)
		if err != nil {
			return
		}
		for _, p := range m.Parts {
			if int64(len(got[p.Name])) != p.Size || ledger.HashOf(got[p.Name]) != p.Hash {
				t.Errorf("part %q is not what its manifest says", p.Name)
			}
		}
	})
}
