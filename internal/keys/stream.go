package keys

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// ErrOtherKey says that what is to be opened was sealed to other keys.
var ErrOtherKey = errors.New("it was sealed to another key")

// ParseTyped reads an identity as a person typed it from paper: in any case,
// with blanks and line breaks. Its checksum finds a typing error.
func ParseTyped(text string) (Identity, error) {
	return ParseIdentity(strings.ToUpper(strings.Join(strings.Fields(text), "")))
}

// CheckRecipient says what is wrong with the public half of an identity.
func CheckRecipient(recipient string) error {
	if _, err := age.ParseX25519Recipient(recipient); err != nil {
		return fmt.Errorf("recipient %q: %w", recipient, err)
	}
	return nil
}

// SealStream encrypts what is written to it (age, X25519), in bounded memory.
// Only Close makes it whole: what ends without is refused by OpenStream.
func SealStream(recipient string, to io.Writer) (io.WriteCloser, error) {
	who, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("recipient %q: %w", recipient, err)
	}
	w, err := age.Encrypt(to, who)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return w, nil
}

// OpenStream decrypts what SealStream wrote. Each byte read is authentic; that
// it is all there shows at io.EOF, so read to the end. ErrOtherKey where
// another identity opens it, ErrOpen where it is damaged or nothing of ours.
func OpenStream(id Identity, from io.Reader) (io.Reader, error) {
	r, err := age.Decrypt(from, id.age)
	if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
		return nil, ErrOtherKey
	}
	if err != nil {
		return nil, ErrOpen
	}
	return opened{r}, nil
}

// opened gives damage the name that it has everywhere here.
type opened struct{ from io.Reader }

func (o opened) Read(p []byte) (int, error) {
	n, err := o.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = ErrOpen
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrOpen
	}
	return n, err
}
