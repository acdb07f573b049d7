# Makes a Scrip as people do on the page Admin, Global, Scrips: with a condition and an action of their own.
# perl -I/usr/share/request-tracker5/lib request_tracker_scrip.pl CONDITION ACTION
use strict;
use warnings;
use RT -init;

my $scrip = RT::Scrip->new(RT->SystemUser);
my ($ok, $message) = $scrip->Create(
    Queue => 0, Description => 'Front Door', Stage => 'TransactionBatch', Template => 'Blank',
    ScripCondition => 'User Defined', CustomIsApplicableCode => $ARGV[0],
    ScripAction => 'User Defined', CustomPrepareCode => 'return 1;', CustomCommitCode => $ARGV[1],
);
die "Request Tracker refused: $message\n" unless $ok;
print $scrip->Id;
