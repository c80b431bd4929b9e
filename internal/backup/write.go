package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const manifestName = "manifest.json"

// Write writes a backup to an encrypting stream, in bounded memory. open gives
// the bytes of a part; where they are not what the manifest says, nothing was
// written that Read would take.
func Write(to io.Writer, recipient string, m Manifest, open func(Part) (io.ReadCloser, error)) error {
	m.Format = Format
	if err := m.check(); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	sealed, err := keys.SealStream(recipient, to)
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	packed, err := zstd.NewWriter(sealed, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	out := tar.NewWriter(packed)
	if err := writeAll(out, m, open); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	for _, end := range []io.Closer{out, packed, sealed} {
		if err := end.Close(); err != nil {
			return fmt.Errorf("write backup: %w", err)
		}
	}
	return nil
}

func writeAll(out *tar.Writer, m Manifest, open func(Part) (io.ReadCloser, error)) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := writeHeader(out, m, manifestName, int64(len(text))); err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	for _, p := range m.Parts {
		if err := writePart(out, m, p, open); err != nil {
			return fmt.Errorf("part %q: %w", p.Name, err)
		}
	}
	return nil
}

func writePart(out *tar.Writer, m Manifest, p Part, open func(Part) (io.ReadCloser, error)) error {
	from, err := open(p)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := writeHeader(out, m, p.Name, p.Size); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(from, p.Size+1))
	if err != nil {
		return err
	}
	if n != p.Size || ledger.Hash(sum.Sum(nil)) != p.Hash {
		return fmt.Errorf("it changed while it was read")
	}
	return nil
}

func writeHeader(out *tar.Writer, m Manifest, name string, size int64) error {
	return out.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: m.At.Time(), Format: tar.FormatPAX,
	})
}
