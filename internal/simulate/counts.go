package simulate

import (
	"fmt"
	"reflect"
)

// Counts is what happened in a run. Those from Retried on are rare, and a set
// of seeds that meets one of them never proves little.
type Counts struct {
	Steps, Sales, Spends, Returns, Enrolled, Kills, Cuts, Restarts int

	Retried        int // told after a write that was answered with an error
	Resumed        int // headquarters had more than its last ack that arrived
	BootCut        int // power was cut while a machine came up
	HeldThrough    int // a hold outlived its machine and was spent
	DiskFull       int // nothing was told because the disk was full
	BadSync        int // nothing was told because a sync failed
	HQCut          int // power was cut at headquarters
	HQRestored     int // headquarters was put back from a backup
	LateApplied    int // a request was answered when nobody waited any more
	Epochs         int // a till began an epoch because headquarters or its mark knew more
	Fenced         int // a clone was found out
	ClockRefused   int // a till did not redeem because of its clock
	LapsedRefused  int // a till did not redeem because its rights had lapsed
	Reclaimed      int // headquarters took a right back without word
	LateSpend      int // a spend came of a right that was taken back, and cost
	Vested         int // points that waited could be spent
	Expired        int // points ended
	EnrolledTwice  int // two tills enrolled one number
	ParkedReturn   int // a return was told before its sale
	AskedForRights int // a right was given for a hold at once
	Erased         int // a member was erased
	ErasedOnComing int // what came of her later was erased on arrival
	Pruned         int // a body was taken away that headquarters has in a backup
	Parts          int // a hub gave a lane a part of a right
	ByHub          int // a lane reached headquarters through its hub
	Relayed        int // a hub brought headquarters what a lane had not
	ToldByHub      int // a lane showed what another had told the hub alone
	HubLost        int // a hub never came back
	MetByHub       int // a lane served somebody whom another had enrolled and headquarters had not told of
}

// Add sums up.
func (c *Counts) Add(o Counts) {
	sum, more := reflect.ValueOf(c).Elem(), reflect.ValueOf(o)
	for i := range sum.NumField() {
		sum.Field(i).SetInt(sum.Field(i).Int() + more.Field(i).Int())
	}
}

// Never names what never happened.
func (c Counts) Never() (names []string) {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		if v.Field(i).Int() == 0 {
			names = append(names, v.Type().Field(i).Name)
		}
	}
	return names
}

func (c Counts) String() (text string) {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		text += fmt.Sprintf("%s %d, ", v.Type().Field(i).Name, v.Field(i).Int())
	}
	return text[:len(text)-2]
}
