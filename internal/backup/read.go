package backup

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxWindow bounds what decompressing takes of memory.
const maxWindow = 32 << 20

// Read reads a backup in bounded memory: create is asked where each part goes,
// in the manifest's order, after begin took the manifest. The parts may be used
// only once Read returned nil: that the file is whole shows at its end.
// Errors are ErrDamaged, ErrNewer, keys.ErrOtherKey, or those of from, begin
// and create.
func Read(from io.Reader, identity keys.Identity, begin func(Manifest) error, create func(Part) (io.WriteCloser, error)) error {
	plain, err := keys.OpenStream(identity, from)
	if errors.Is(err, keys.ErrOpen) {
		return fmt.Errorf("it is no backup of loyaltyd, or its beginning is damaged: %w", ErrDamaged)
	}
	if err != nil {
		return err
	}
	unpacked, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return err
	}
	defer unpacked.Close()
	if err := readAll(tar.NewReader(unpacked), begin, create); err != nil {
		return err
	}
	return atEnd(unpacked, plain)
}

// atEnd reads what is behind the last part: nothing but the ends of tar, zstd
// and age, the last of which says that nothing was cut off.
func atEnd(unpacked, plain io.Reader) error {
	for _, r := range []io.Reader{unpacked, plain} {
		padding, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20))
		if err != nil || padding == 1<<20 {
			return fmt.Errorf("behind the last part: %w", ErrDamaged)
		}
	}
	return nil
}

func readAll(in *tar.Reader, begin func(Manifest) error, create func(Part) (io.WriteCloser, error)) error {
	m, err := readManifest(in)
	if err != nil {
		return err
	}
	if err := begin(m); err != nil {
		return err
	}
	for _, p := range m.Parts {
		if err := readPart(in, p, create); err != nil {
			return fmt.Errorf("part %q: %w", p.Name, err)
		}
	}
	if _, err := in.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more parts than its manifest names: %w", ErrDamaged)
	}
	return nil
}

func readManifest(in *tar.Reader) (Manifest, error) {
	header, err := in.Next()
	if err != nil || header.Name != manifestName || header.Size > maxManifest {
		return Manifest{}, fmt.Errorf("no manifest: %w", ErrDamaged)
	}
	text, err := io.ReadAll(io.LimitReader(in, maxManifest))
	if err != nil {
		return Manifest{}, fmt.Errorf("read manifest: %w", ErrDamaged)
	}
	return ParseManifest(text)
}

func readPart(in *tar.Reader, p Part, create func(Part) (io.WriteCloser, error)) (err error) {
	header, err := in.Next()
	if err != nil || header.Name != p.Name || header.Size != p.Size || header.Typeflag != tar.TypeReg {
		return ErrDamaged
	}
	to, err := create(p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	sum := sha256.New()
	source := &reading{from: in}
	_, err = io.Copy(io.MultiWriter(to, sum), source)
	switch {
	case source.failed:
		return ErrDamaged
	case err != nil:
		return err // the writer's: a full disk
	case ledger.Hash(sum.Sum(nil)) != p.Hash:
		return fmt.Errorf("it is not what its manifest says: %w", ErrDamaged)
	}
	return nil
}

// reading tells an error of reading from one of writing.
type reading struct {
	from   io.Reader
	failed bool
}

func (r *reading) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.failed = err != nil && !errors.Is(err, io.EOF)
	return n, err
}
