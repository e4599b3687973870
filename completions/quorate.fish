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
complete -c quorate -n "__fish_quorate_needs_command" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_needs_command" -f -a "endpoint" -d 'Ask each endpoint about its health, status or hash'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "move-leader" -d 'Transfer leadership to another member'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "alarm" -d 'List and disarm alarms'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "defrag" -d 'Defragment the storage of the members at the endpoints'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "version" -d 'Print the version'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "options" -d 'List the global options'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "serve" -d 'Serve a member of a cluster'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "bench" -d 'Measure a server'
complete -c quorate -n "__fish_quorate_needs_command" -f -a "generate" -d 'Write completion scripts or manual pages to a directory'
complete -c quorate -n "__fish_quorate_using_subcommand put" -l lease -d 'Lease to attach to the key, in hexadecimal' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand put" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand get" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand del" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand txn" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand watch" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand compaction" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from grant" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from revoke" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l once -d 'Renew once and end'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -f -a "add" -d 'Add a member to the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -f -a "remove" -d 'Remove a member from the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -f -a "update" -d 'Change the peer URLs of a member'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -f -a "list" -d 'List the members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand member; and not __fish_seen_subcommand_from add remove update list promote" -f -a "promote" -d 'Promote a learner to a voting member'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l peer-urls -d 'Peer URLs of the member, by comma' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l learner -d 'Add a learner, which does not vote'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from remove" -l discovery-srv-name -d 'Service name to ask DNS for' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from update" -l discovery-srv-name -d 'Service name to ask DNS for' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to ask DNS for' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand member; and __fish_seen_subcommand_from promote" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l cluster -d 'Ask all members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
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
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l cluster -d 'Ask all members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
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
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l cluster -d 'Ask all members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
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
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand move-leader" -l discovery-srv-name -d 'Service name to ask DNS for' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and not __fish_seen_subcommand_from list disarm" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l cluster -d 'Defragment all members of the cluster'
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand defrag" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c quorate -n "__fish_quorate_using_subcommand version" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand options" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
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
complete -c quorate -n "__fish_quorate_using_subcommand completion" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand completion" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand serve" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand bench" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -f -a "completions" -d 'Write the completion scripts of all shells'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and not __fish_seen_subcommand_from completions man" -f -a "man" -d 'Write a manual page for each command'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l endpoints -d 'Addresses of the members, by comma; the next one is tried when one does not answer' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -s w -l write-out -d 'Set the output format: fields, json, protobuf, simple or table' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l dial-timeout -d 'Time to establish a connection within' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l command-timeout -d 'Time in which a command must be answered, dialing included' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l keepalive-time -d 'Time between keep-alive pings on a busy connection, at least 10s' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l keepalive-timeout -d 'Time to wait for the answer to a keep-alive ping' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l max-request-bytes -d 'Largest request to send, in bytes; 0 means 2 MiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l max-recv-bytes -d 'Largest response to take, in bytes; 0 means 2 GiB' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l insecure-transport -d 'Connect without TLS' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l insecure-discovery -d 'Accept insecure records when discovering endpoints by DNS' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l cert -d 'Certificate file that identifies this client' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l key -d 'Key file of the certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l cacert -d 'CA bundle that verifies the server\'s certificate' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l auth-jwt-token -d 'JSON web token to authenticate with' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l user -d 'User to authenticate as, with or without the password: name[:password]' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l password -d 'Password of the user' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -s d -l discovery-srv -d 'Domain whose DNS records name the endpoints' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l discovery-srv-name -d 'Service name to ask DNS for' -r
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l hex -d 'Print byte strings in hexadecimal'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l debug -d 'Say on stderr what the client does'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -l insecure-skip-tls-verify -d 'Do not verify the server\'s certificate'
complete -c quorate -n "__fish_quorate_using_subcommand generate; and __fish_seen_subcommand_from man" -s h -l help -d 'Print help (see more with \'--help\')'
