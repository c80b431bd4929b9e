package device

import (
	"fmt"
	"io"
)

// Scan is one bar code as the scanner sent it, without the bytes that frame it.
// However it is printed or encoded it shows no more than its length: it may be
// the number of a customer's card.
type Scan struct {
	// AIM is the symbology identifier in front of the data, such as "]C1", or
	// empty when the scanner sends none (ISO/IEC 15424).
	AIM string
	// Data is what the bar code says, UnifiedPOS's ScanDataLabel: at least one
	// byte, in the scanner's encoding, with GS (1D) between GS1 elements.
	Data []byte
}

// String tells how long the scan is.
func (s Scan) String() string {
	if s.AIM == "" {
		return fmt.Sprintf("scan of %d bytes", len(s.Data))
	}
	return fmt.Sprintf("%s scan of %d bytes", s.AIM, len(s.Data))
}

// Format prints the same whatever the verb.
func (s Scan) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText encodes the same.
func (s Scan) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
