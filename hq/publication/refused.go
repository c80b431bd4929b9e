package publication

import "fmt"

// NotPublishable says why a program, right as it is, cannot follow what the
// chain has. A file that is wrong in itself is what loyalty.Load says.
type NotPublishable struct{ Reason string }

func (e *NotPublishable) Error() string { return e.Reason }

// Refused says why not.
func Refused(format string, args ...any) error { return &NotPublishable{fmt.Sprintf(format, args...)} }
