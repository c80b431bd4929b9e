package device

// Feedback is what a scanner is to sound like after a scan.
type Feedback byte

// What it may sound like. Its own beep, before anybody looked at the scan, is
// its own business.
const (
	Silent Feedback = iota // the scan is another's: the POS sounds
	Good
	Bad
)

// Scanner is a bar code scanner that can be heard.
type Scanner interface {
	// Sound makes it sound, where its model can. It may be called from any
	// goroutine, never blocks and never fails.
	Sound(Feedback)
}
