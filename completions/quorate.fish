# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_quorate_global_optspecs
    string join \n endpoints= w/write-out= hex debug dial-timeout= command-timeout= keepalive-time= keepalive-timeout= max-request-bytes= max-recv-bytes= insecure-transport= insecure-discovery= insecure-skip-tls-verify cert= key= cacert= auth-jwt-token= user= password= d/discovery-srv= discovery-srv-name= h/help
end

function __fish_quorate_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_quorate_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_quorate_using_subcommand
    set -l cmd (__fish_quorate_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c quorate -n "__fish_quorate_needs_command" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_needs_command" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_needs_command" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_needs_command" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_needs_command" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_needs_command" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_needs_command" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_needs_command" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_needs_command" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_needs_command" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_needs_command" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_needs_command" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_needs_command" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_needs_command" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_needs_command" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_needs_command" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_needs_command" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_needs_command" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_needs_command" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_needs_command" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_needs_command" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "put" -d 'Put a key into the store'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "get" -d 'Get a key or a range of keys'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "del" -d 'Remove a key or a range of keys'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "txn" -d 'Run operations in one transaction'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "watch" -d 'Watch a key or a range of keys'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "compaction" -d 'Compact the history up to a revision'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "lease" -d 'Grant, renew, list and revoke leases'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "member" -d 'List and change the members of the cluster'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "discovery" -d 'Make, inspect and delete tokens by which the members of a new cluster find each other'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "endpoint" -d 'Ask each endpoint about its health, status or hash'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "move-leader" -d 'Transfer leadership to another member'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "alarm" -d 'List and disarm alarms'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "defrag" -d 'Defragment the storage of the members at the endpoints'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "auth" -d 'Enable, disable or show authentication'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "user" -d 'Manage users'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "role" -d 'Manage roles'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "lock" -d 'Hold a lock while a command runs, or until a signal'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "elect" -d 'Stand for election, or watch who leads'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "version" -d 'Print the version'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "options" -d 'List the global options'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "serve" -d 'Run a server'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "bench" -d 'Measure a server: throughput, latency, processor time'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "sim" -d 'Simulate whole clusters under faults and check what their clients see'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "recover" -d 'Recover a cluster that has lost its quorum, from the data directories that are left'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "cert" -d 'Look after the files of TLS'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "generate" -d 'Write completion scripts or manual pages to a directory'
complete -c quorate -n "__fish_quorate_using_subcommand put" -l lease -d 'Lease to attach to the key, in hexadecimal' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l ttl -d 'Let the key end after so many seconds: a lease of its own is granted, printed and attached' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand put" -l prev-kv -d 'Return the previous key-value pair'
complete -c quorate -n "__fish_quorate_using_subcommand put" -l ignore-value -d 'Keep the value that the key has'
complete -c quorate -n "__fish_quorate_using_subcommand put" -l ignore-lease -d 'Keep the lease that the key has'
complete -c quorate -n "__fish_quorate_using_subcommand put" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand put" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand put" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand put" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand get" -l consistency -d 'Linearizable (l) or serializable (s)' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l order -d 'Order of results: ASCEND or DESCEND' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l sort-by -d 'What to sort by: CREATE, KEY, MODIFY, VALUE or VERSION' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l limit -d 'Maximum number of results, 0 for all' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l rev -d 'Revision to read at, 0 for the newest' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l min-create-rev -d 'Smallest create revision' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l max-create-rev -d 'Largest create revision' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l min-mod-rev -d 'Smallest modification revision' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l max-mod-rev -d 'Largest modification revision' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand get" -l prefix -d 'Get the keys that begin with the key'
complete -c quorate -n "__fish_quorate_using_subcommand get" -l from-key -d 'Get the keys that are greater than or equal to the key'
complete -c quorate -n "__fish_quorate_using_subcommand get" -l keys-only -d 'Get only the keys'
complete -c quorate -n "__fish_quorate_using_subcommand get" -l count-only -d 'Get only the count, for the output format fields'
complete -c quorate -n "__fish_quorate_using_subcommand get" -l print-value-only -d 'Print only values, for the output format simple'
complete -c quorate -n "__fish_quorate_using_subcommand get" -l stream -d 'Have the answer streamed in pieces'
complete -c quorate -n "__fish_quorate_using_subcommand get" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand get" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand get" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand del" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand del" -l prefix -d 'Delete the keys that begin with the key'
complete -c quorate -n "__fish_quorate_using_subcommand del" -l prev-kv -d 'Return the deleted key-value pairs'
complete -c quorate -n "__fish_quorate_using_subcommand del" -l from-key -d 'Delete the keys that are greater than or equal to the key'
complete -c quorate -n "__fish_quorate_using_subcommand del" -l range -d 'Delete the range from one key to the other without waiting for second thoughts'
complete -c quorate -n "__fish_quorate_using_subcommand del" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand del" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand del" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand del" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand txn" -s i -l interactive -d 'Prompt for each block'
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand txn" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand txn" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l rev -d 'Revision to start at, 0 for now' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand watch" -s i -l interactive -d 'Read watch and progress commands from standard input'
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l prefix -d 'Watch the keys that begin with the key'
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l prev-kv -d 'Get the key-value pair as it was before the event, too'
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l progress-notify -d 'Have the server tell from time to time how far the watch has come'
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand watch" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l physical -d 'Wait until the old revisions are gone from the disk'
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "grant" -d 'Grant a lease'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "revoke" -d 'Revoke a lease, which deletes the keys attached to it'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "timetolive" -d 'Print how long a lease has still to live'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "list" -d 'List all leases'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "keep-alive" -d 'Keep a lease alive'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l keys -d 'Get the keys attached to the lease, too'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l once -d 'Renew once and end'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -f -a "add" -d 'Add a member to the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -f -a "replace" -d 'Replace a member by a new one'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -f -a "remove" -d 'Remove a member from the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -f -a "update" -d 'Change the peer URLs of a member'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -f -a "list" -d 'List the members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add replace remove update list promote" -f -a "promote" -d 'Promote a learner to a voting member'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l peer-urls -d 'Peer URLs of the member, by comma' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l timeout -d 'Time for all of that' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l learner -d 'Add a learner, which does not vote'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l wait -d 'Add a learner, wait until it has been started and is level, and promote it; with --learner do not promote'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l dry-run -d 'Say what would be done, and do nothing'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l peer-urls -d 'Peer URLs of the new member, by comma' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l timeout -d 'Time for all of that' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l dry-run -d 'Say what would be done, and do nothing'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from replace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l timeout -d 'Time to try again while the cluster is not well' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l even-if-quorum-is-lost -d 'Remove it even if the rest has no quorum then, and can decide nothing until members come back'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l dry-run -d 'Say what would be done, and do nothing'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l peer-urls -d 'New peer URLs of the member, by comma' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l dry-run -d 'Say what would be done, and do nothing'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l consistency -d 'Linearizable (l) or serializable (s)' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l detail -d 'Ask each member how it is: role, health, how far behind, version, size'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l dry-run -d 'Say what would be done, and do nothing'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -f -a "new" -d 'Make a token for a new cluster and print it'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -f -a "show" -d 'Show the size of a token\'s cluster and the members that have registered'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and not __fish_seen_subcommand_from new show delete" -f -a "delete" -d 'Delete a token and what has registered under it'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l size -d 'Number of members that the cluster begins with' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l token -d 'Token to use; a random one when not given' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand discovery; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l cluster -d 'Ask all members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -f -a "health" -d 'Check the health of each endpoint'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -f -a "status" -d 'Print the status of each endpoint'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -f -a "hashkv" -d 'Print the hash of the history at each endpoint'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l cluster -d 'Ask all members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l cluster -d 'Ask all members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l rev -d 'Newest revision to hash, 0 for the present one' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l cluster -d 'Ask all members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l dry-run -d 'Say what would be done, and do nothing'
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -f -a "list" -d 'List all alarms'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -f -a "disarm" -d 'Disarm all alarms'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l cluster -d 'Defragment all members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -f -a "enable" -d 'Enable authentication; the user root must exist'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -f -a "disable" -d 'Disable authentication'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -f -a "status" -d 'Show whether authentication is enabled'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand auth; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "add" -d 'Add a user'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "delete" -d 'Delete a user'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "get" -d 'Show a user\'s roles'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "list" -d 'List all users'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "passwd" -d 'Change a user\'s password'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "grant-role" -d 'Grant a role to a user'
complete -c quorate -n "__fish_quorate_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "revoke-role" -d 'Revoke a role from a user'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l interactive -d 'Ask for the password at the terminal; otherwise it is read from standard input' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l new-user-password -d 'Password of the new user' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l no-password -d 'Add a user without password, known by a certificate alone'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l detail -d 'Show what each role grants'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l interactive -d 'Ask for the password at the terminal; otherwise it is read from standard input' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from passwd" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from grant-role" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "add" -d 'Add a role'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "delete" -d 'Delete a role'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "get" -d 'Show what a role grants'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "list" -d 'List all roles'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "grant-permission" -d 'Grant reading or writing of keys to a role'
complete -c quorate -n "__fish_quorate_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "revoke-permission" -d 'Revoke a permission from a role'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l prefix -d 'All keys that begin with the key'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l from-key -d 'All keys from the key on'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l prefix -d 'All keys that begin with the key'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l from-key -d 'All keys from the key on'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l ttl -d 'Time to live of the lock\'s lease, in seconds' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l fenced -d 'Give what guards writes with the lock'
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand lock" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand lock" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand elect" -s l -l listen -d 'Print who leads instead of standing for election'
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand elect" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand elect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand version" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand version" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand version" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand version" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand options" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand options" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand options" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand options" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand options" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l name -d 'Set the name of this member, which also finds it in --initial-cluster' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l data-dir -d 'Set the directory of all data; ${name}.etcd when not given' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l wal-dir -d 'Keep the raft log in this directory instead of the data directory' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l snapshot-count -d 'Set the number of applied entries after which the log may be cut' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l heartbeat-interval -d 'Set the milliseconds between two heartbeats of the leader' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l election-timeout -d 'Set the milliseconds without a leader before an election' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l initial-election-tick-advance -d 'Shorten the first election\'s wait after a start' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l listen-peer-urls -d 'Listen on these URLs for other members' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l listen-client-urls -d 'Listen on these URLs for clients' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l listen-client-http-urls -d 'Listen on these URLs for clients\' HTTP alone; --listen-client-urls then serves gRPC alone' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l max-snapshots -d 'Limit the snapshot files kept (deprecated) (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l max-wals -d 'Limit the log files kept (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l memory-mlock -d 'Lock the server\'s memory (not built yet)' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l quota-backend-bytes -d 'Refuse writes when the database is this many bytes long; 0 means 2 GiB, negative no limit' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l backend-bbolt-freelist-type -d 'Choose bbolt\'s free list (no effect here)' -r -f -a "array\t''
map\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l backend-batch-interval -d 'Limit the age of an uncommitted batch (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l backend-batch-limit -d 'Limit the size of an uncommitted batch (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l max-txn-ops -d 'Limit the operations in each list of a transaction' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l max-request-bytes -d 'Limit the bytes of a request' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l max-concurrent-streams -d 'Limit the concurrent streams of a client\'s connection' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l max-unread-bytes -d 'Limit the bytes of answers that clients have not read; 0 means a quarter of the memory' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l grpc-keepalive-min-time -d 'Set the shortest time that a client should leave between pings' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l grpc-keepalive-interval -d 'Ping a client after this time of silence; 0 means never' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l grpc-keepalive-timeout -d 'Close a connection when a ping is unanswered for so long' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l socket-reuse-port -d 'Set SO_REUSEPORT on listeners' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l socket-reuse-address -d 'Set SO_REUSEADDR on listeners' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l enable-grpc-gateway -d 'Serve the JSON API under /v3/' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l raft-read-timeout -d 'Limit the wait for bytes of another member (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l raft-write-timeout -d 'Limit the wait for another member to take bytes (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l feature-gates -d 'Turn features on or off, as a list of NAME=true or NAME=false' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l config-file -d 'Read the configuration from this file; other flags are then ignored' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l version -d 'Print the version and exit' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l initial-advertise-peer-urls -d 'Tell the other members to reach this one at these URLs' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l initial-cluster -d 'Name the members of the new cluster as a list of NAME=URL; by default this one alone' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l initial-cluster-state -d 'Begin a new cluster or join an existing one' -r -f -a "new\t''
existing\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l initial-cluster-token -d 'Tell clusters with equal members apart by this text' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l advertise-client-urls -d 'Tell clients to reach this member at these URLs' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-token -d 'Find the members in a discovery service by this token' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-endpoints -d 'Find the members at these discovery endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-dial-timeout -d 'Limit the wait for a connection to the discovery service' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-request-timeout -d 'Limit the wait for the discovery service\'s answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-keepalive-time -d 'Ping the discovery service this often' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-keepalive-timeout -d 'Limit the wait for the discovery service\'s ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-insecure-transport -d 'Talk to the discovery service without TLS' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-insecure-skip-tls-verify -d 'Trust any certificate of the discovery service' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-cert -d 'Show the discovery service this certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-key -d 'Use this key for --discovery-cert' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-cacert -d 'Trust this authority for the discovery service' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-user -d 'Log in to the discovery service as this user' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-password -d 'Log in to the discovery service with this password' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-fallback -d 'Say what to do when discovery fails (refused)' -r -f -a "exit\t''
proxy\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-srv -d 'Find the members by the DNS SRV records of this domain; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-srv-name -d 'Add this suffix to the name of the SRV service' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l strict-reconfig-check -d 'Refuse changes of membership that endanger the quorum' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l pre-vote -d 'Ask for votes before disturbing a leader' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l auto-compaction-retention -d 'Keep this much history: hours, a duration, or revisions; 0 means all' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l auto-compaction-mode -d 'Measure the history kept in time or revisions' -r -f -a "periodic\t''
revision\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l v2-deprecation -d 'Say what to do with data of the v2 API (deprecated) (no effect here)' -r -f -a "write-only\t''
write-only-skip-check\t''
write-only-drop-data\t''
gone\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l cert-file -d 'Show clients this certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l key-file -d 'Use this key for --cert-file' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l client-cert-file -d 'Show this certificate where the server itself is a client (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l client-key-file -d 'Use this key for --client-cert-file (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l client-cert-auth -d 'Demand certificates of clients' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l client-crl-file -d 'Refuse the clients\' certificates that this list revokes' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l client-cert-allowed-cn -d 'Allow only these common names in clients\' certificates' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l client-cert-allowed-hostname -d 'Allow only these host names in clients\' certificates' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l trusted-ca-file -d 'Trust this authority for clients\' certificates' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l auto-tls -d 'Serve clients by TLS with a certificate made at the start' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-cert-file -d 'Show members this certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-key-file -d 'Use this key for --peer-cert-file' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-client-cert-file -d 'Show this certificate when calling a member' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-client-key-file -d 'Use this key for --peer-client-cert-file' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-client-cert-auth -d 'Demand certificates of members' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-trusted-ca-file -d 'Trust this authority for members\' certificates' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-auto-tls -d 'Serve members by TLS with a certificate made at the start' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-cert-allowed-cn -d 'Allow only these common names in members\' certificates' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-cert-allowed-hostname -d 'Allow only these host names in members\' certificates' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-skip-client-san-verification -d 'Skip the check of names in members\' certificates' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l peer-crl-file -d 'Refuse the members\' certificates that this list revokes' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l self-signed-cert-validity -d 'Set the years that a certificate made at the start is valid' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l cipher-suites -d 'Allow only these TLS cipher suites' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l cors -d 'Allow scripts of these web origins; empty or * means all (not built yet)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l host-whitelist -d 'Allow plain HTTP requests for these host names; empty or * means all' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l tls-min-version -d 'Set the lowest TLS version' -r -f -a "TLS1.2\t''
TLS1.3\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l tls-max-version -d 'Set the highest TLS version' -r -f -a "TLS1.2\t''
TLS1.3\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l auth-token -d 'Choose the tokens of users: simple, or jwt,sign-method=RS256,pub-key=FILE,priv-key=FILE,ttl=10m' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l bcrypt-cost -d 'Set the cost of checking a password, from 4 to 31' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l auth-token-ttl -d 'Set the seconds that an unused simple token lives at least' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l audit-log -d 'Note each change with its user, address, keys, revision and verdict: in this file, or stderr' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l enable-pprof -d 'Serve profiles under /debug/pprof/ (not built yet)' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l metrics -d 'Choose how much is measured; extensive adds gRPC latencies' -r -f -a "basic\t''
extensive\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l listen-metrics-urls -d 'Listen on these URLs too for /metrics, /health, /livez and /readyz' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l logger -d 'Choose the logger; there is one, and this is its name in etcd' -r -f -a "zap\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l log-outputs -d 'Write logs to default (stderr), stderr, stdout or files, also to several' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l log-level -d 'Leave out log lines below this level' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
panic\t''
fatal\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l log-format -d 'Choose the form of log lines' -r -f -a "json\t''
console\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l enable-log-rotation -d 'Begin a new log file when one is full; needs one file in --log-outputs' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l log-rotation-config-json -d 'Set the megabytes, days and number of rotated log files; 0 means no limit' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l warning-unary-request-duration -d 'Log requests that take longer' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l warning-apply-duration -d 'Log requests that take longer to apply' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l enable-distributed-tracing -d 'Send traces to a collector (not built yet)' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l distributed-tracing-address -d 'Send traces to this address (not built yet)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l distributed-tracing-service-name -d 'Send traces under this service name (not built yet)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l distributed-tracing-instance-id -d 'Send traces under this instance id (not built yet)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l distributed-tracing-sampling-rate -d 'Send this many traces of a million requests (not built yet)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l corrupt-check-time -d 'Compare the members\' data this often; 0 means never (not built yet)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l compact-hash-check-time -d 'Compare the hashes of compactions this often (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l compaction-batch-limit -d 'Limit the revisions that one step of a compaction removes; 0 means 1000' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l compaction-sleep-interval -d 'Rest between two steps of a compaction; 0 means 10ms' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l watch-progress-notify-interval -d 'Tell idle watchers of progress this often; 0 means 10m, the least is 100ms' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l bootstrap-defrag-threshold-megabytes -d 'Defragment at the start if that frees so many megabytes; 0 means never (not built yet)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l max-learners -d 'Limit the learners of the cluster' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l downgrade-check-time -d 'Look this often whether a downgrade is done (no effect here)' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l snapshot-catchup-entries -d 'Keep this many log entries for members that lag' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l force-new-cluster -d 'Drop all other members and go on alone, with all of the log; see quorate recover for a safer way' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l unsafe-no-fsync -d 'Answer before data is on disk (refused)' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand serve" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -f -a "put" -d 'Put one key in each request'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -f -a "load" -d 'Fill the store: put each of --total different keys once, in random order'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -f -a "range" -d 'Get one range in each request, or without KEY one key of the key space'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -f -a "txn" -d 'Put several keys in each transaction'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -f -a "txn-put" -d 'Put several keys in each transaction'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -f -a "watch" -d 'Put to watched keys and count the events that come back'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -f -a "lease" -d 'Keep a lease of each client alive, or grant leases'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -f -a "lease-keepalive" -d 'Keep a lease of each client alive, or grant leases'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and not __fish_seen_subcommand_from put load range txn txn-put watch lease lease-keepalive login" -f -a "login" -d 'Log in again and again'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l key-space-size -d 'Different keys to choose from' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l sequential-keys -d 'Take the keys in their order, not at random' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l key-size -d 'Size of each key in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l val-size -d 'Size of each value in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from put" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l key-size -d 'Size of each key in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l val-size -d 'Size of each value in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l consistency -d 'Read linearizable (l) or serializable (s)' -r -f -a "l\t'Linearizable: it must'
s\t'Serializable: the member answers from what it has'"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l limit -d 'Get this many keys at most, 0 for all' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l count-only -d 'Get the number of keys only' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l keys-only -d 'Get keys without their values' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l key-size -d 'Size of each key of the key space in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l key-space-size -d 'Different keys to choose from' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l sequential-keys -d 'Take the keys in their order, not at random' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from range" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l txn-ops -d 'Puts in each transaction; their keys follow each other in the key space' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l key-space-size -d 'Different keys to choose from' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l sequential-keys -d 'Take the keys in their order, not at random' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l key-size -d 'Size of each key in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l val-size -d 'Size of each value in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l txn-ops -d 'Puts in each transaction; their keys follow each other in the key space' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l key-space-size -d 'Different keys to choose from' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l sequential-keys -d 'Take the keys in their order, not at random' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l key-size -d 'Size of each key in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l val-size -d 'Size of each value in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l streams -d 'Watch streams, spread over the connections' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l watchers-per-stream -l watch-per-stream -d 'Watchers on each stream' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l watched-keys -l watched-key-total -d 'Different keys to watch' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l puts -l put-total -d 'Puts to the watched keys; --total or --duration say it as well' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l put-rate -d 'Puts a second; --rate says it as well' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l key-size -d 'Size of each key in bytes' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l val-size -d 'Size of each value in bytes, 8 or more' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l grant -d 'Grant a new lease in each request instead' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l ttl -d 'Seconds until a lease ends of itself' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l grant -d 'Grant a new lease in each request instead' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l ttl -d 'Seconds until a lease ends of itself' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l user -d 'User to log in as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l endpoints -d 'Servers to send to; connections are spread over them in turn' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l connections -l conns -d 'Connections to open; client N uses connection N modulo this' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l clients -d 'Clients, each with one request under way' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l total -d 'Requests to send, by default 10000 (watch: 1000) unless --duration is given' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l duration -d 'Send for this long, such as 10s or 1m30s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l rate -d 'Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as it answers' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l timeout -d 'Give up on a request after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l dial-timeout -d 'Give up on a connection after this long' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l cacert -d 'Trust these authorities for servers with TLS, instead of the system\'s' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l cert -d 'Show servers this certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l key -d 'Use this key for the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -s o -l output -d 'Report as text or as one JSON object' -r -f -a "text\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l seed -d 'Draw keys and values from this seed' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l server-pid -d 'Also measure the processor time of these server processes on this machine' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l vs -d 'Compare with these servers: rounds alternate between both' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l vs-pid -d 'Processes of the servers to compare with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l rounds -d 'Rounds on each side of a comparison' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l pause -d 'Wait this long between rounds, so that what one server still does in the background does not slow the other' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -l insecure-skip-tls-verify -d 'Trust any certificate of a server'
complete -c quorate -n "__fish_quorate_using_subcommand bench; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l seed -d 'Run this seed alone' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l seeds -d 'Run this many seeds' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l first-seed -d 'The first of them' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l time -d 'Begin no new run after so many seconds' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l jobs -d 'Runs at a time; by default as many as there are processors' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l members -d 'Members of each cluster; drawn from the seed if not given' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l fault-secs -d 'Seconds of simulated time in which faults happen; drawn from the seed if not given' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l scenario -d 'The shape of run that once brought a bug out in etcd' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l without -d 'Kinds of faults that shall not happen' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l faults -d 'Only the first so many faults happen' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l clients -d 'Only so many clients write and read' -r
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l keep-going -d 'Go on after a run that found something'
complete -c quorate -n "__fish_quorate_using_subcommand sim" -l trace -d 'Print every event of the run'
complete -c quorate -n "__fish_quorate_using_subcommand sim" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand recover; and not __fish_seen_subcommand_from plan apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand recover; and not __fish_seen_subcommand_from plan apply" -f -a "plan" -d 'Look at the surviving data directories and say how to recover'
complete -c quorate -n "__fish_quorate_using_subcommand recover; and not __fish_seen_subcommand_from plan apply" -f -a "apply" -d 'Write a new data directory for a new cluster from a survivor\'s'
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from plan" -l wal-dir -d 'Where the raft logs are if they have directories of their own; as many as data directories, in the same order' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from plan" -s w -l write-out -d 'Set the output format' -r -f -a "simple\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l from -d 'Data directory to recover from, that of a member that does not run' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l from-wal-dir -d 'Where its raft log is, if it has a directory of its own' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l data-dir -d 'Data directory to write; absent or empty' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l wal-dir -d 'Write the raft log to this directory instead; absent or empty' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l name -d 'Set the name of the member that the directory is for' -r
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l initial-advertise-peer-urls -d 'Tell the other members to reach this one at these URLs' -r
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l initial-cluster -d 'Name the members of the new cluster as a list of NAME=URL; by default this one alone' -r
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l initial-cluster-token -d 'Tell this cluster from others by this text; by default one made from the old cluster\'s id and the end of its log' -r
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l bump-revision -d 'Move the revision on by so much, so that it is ahead of any that the old cluster had; 0 leaves it' -r
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l mark-compacted -d 'Mark all history as compacted, so that whoever goes on from an old revision is told' -r -f -a "true\t''
false\t''"
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -s w -l write-out -d 'Set the output format' -r -f -a "simple\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -l dry-run -d 'Check everything and say what would be written'
complete -c quorate -n "__fish_quorate_using_subcommand recover; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand cert; and not __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand cert; and not __fish_seen_subcommand_from check" -f -a "check" -d 'Explain what is wrong with certificate, key, authorities and revocation list, and when they expire'
complete -c quorate -n "__fish_quorate_using_subcommand cert; and __fish_seen_subcommand_from check" -l cert -d 'Certificate, followed by those between it and the authority' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand cert; and __fish_seen_subcommand_from check" -l key -d 'Key of the certificate' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand cert; and __fish_seen_subcommand_from check" -l ca -l cacert -d 'Authorities that the other side trusts' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand cert; and __fish_seen_subcommand_from check" -l crl -d 'List of revoked certificates' -r -F
complete -c quorate -n "__fish_quorate_using_subcommand cert; and __fish_seen_subcommand_from check" -l host -d 'Names and addresses, or URLs, by which the server is called, by comma' -r
complete -c quorate -n "__fish_quorate_using_subcommand cert; and __fish_seen_subcommand_from check" -l for -d 'What the certificate is for: a member shows it both to those who call and to those whom it calls' -r -f -a "server\t''
client\t''
member\t''"
complete -c quorate -n "__fish_quorate_using_subcommand cert; and __fish_seen_subcommand_from check" -s w -l write-out -d 'Form of the output' -r -f -a "simple\t''
json\t''"
complete -c quorate -n "__fish_quorate_using_subcommand cert; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -f -a "completions" -d 'Write the completion scripts of all shells'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -f -a "man" -d 'Write a manual page for each command'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -s h -l help -d 'Print help'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -s h -l help -d 'Print help'
