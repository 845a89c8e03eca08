import { anyOf, pattern } from '../../text/regex.ts';
import { words } from '../../text/words.ts';

const set = (list: string) => new Set(words(list));

/** Functions that make a database wait or burn time; sqlmap's time-based and heavy-query payloads, PostgreSQL, Oracle, MySQL and SQLite manuals. */
export const TIME_CALLS = set(`sleep pg_sleep benchmark randomblob generate_series dbms_lock.sleep user_lock.sleep
  dbms_pipe.receive_message dbms_session.sleep`);

/** Functions that no ordinary value calls: file, network, XML-error and metadata functions of the big databases. */
export const RARE_CALLS = set(`extractvalue updatexml xmltype load_file utl_http.request utl_inaddr.get_host_address
  utl_inaddr.get_host_name ctxsys.drithsx.sn dbms_utility.sqlid_to_sqlhash dbms_ldap.init dbms_xmlgen.getxml make_set
  regexp_substring crypt_key xp_cmdshell xp_dirtree xp_regread xp_fileexist sp_oacreate sp_executesql sp_password sp_makewebtask
  pg_read_file pg_ls_dir lo_import lo_export lo_get lo_put lo_from_bytea pg_sleep query_to_xml database_to_xml sys_context sys_eval sys_exec fn_xe_file_target_read_file
  master..xp_cmdshell master.dbo.xp_cmdshell openrowset opendatasource openquery group_concat name_const
  st_latfromgeohash gtid_subset json_keys load_extension quote_ident current_setting httpuritype.getclob randomblob
  get_lock release_lock is_free_lock master_pos_wait charindex nvl2 wm_concat listagg string_agg xmlagg table_name column_name exec`);

/** Functions that SQL shares with other languages: evidence only beside SQL structure. */
const COMMON_CALLS =
  set(`char chr nchar concat concat_ws substring substr mid ascii ord hex unhex length len cast convert
  if iif ifnull nullif isnull coalesce elt field instr locate position strcmp count sum min max avg md5 sha1 version user
  database schema current_user session_user system_user current_database now sysdate rand floor exp upper lower row like repeat right
  left pow power pi cos sin tan cot acos asin atan abs sqrt ceil ceiling floor conv bin oct crc32 charset collation
  coercibility connection_id found_rows compress uncompress char_length bit_length to_base64 from_base64 to_char inet_aton binary
  quote name db_name user_name object_id decode case exists any all some greatest least rpad lpad reverse ltrim`);

/** What EXEC runs: a quoted or bracketed text, a variable, a name with an owner or a prefix, or the last word of all. */
const EXECUTED = /^(?:[@[(]|\w{1,8}_\w|[\w.]{1,80}(?:[(.;]|$| ?['"@]| ?--)|immediate\b)/;

/** Statements that can follow a semicolon, and what must follow each for it to be SQL and not prose. */
export const STATEMENTS: ReadonlyMap<string, RegExp> = new Map([
  ['insert', /^(?:ignore |low_priority )?into /],
  ['update', /^\S{1,80} set [^\s=]{1,80} ?=/],
  ['delete', /^(?:(?:low_priority|quick|ignore) )*from \S+/],
  ['drop', /^(?:table|database|schema|view|function|procedure|user|index|trigger|column|role|login)\b|^\w{1,40} ?--/],
  ['declare', /^@|^\w+ (?:var|n?char|int)/],
  ['exec', EXECUTED],
  ['execute', EXECUTED],
  ['waitfor', /^(?:delay|time)\b/],
  ['begin', /^(?:\w+[. ]|\w+\.\w+)/],
  ['shutdown', /^(?:with|$|--|#|;|immediate|abort)/],
  [
    'create',
    /^(?:or replace |temp |temporary |unique )?(?:table|user|database|view|function|procedure|index|login|trigger|role|extension)\b/,
  ],
  ['alter', /^(?:table|user|database|login|role|session|system)\b/],
  ['truncate', /^table\b/],
  ['if', /^(?:\(|\d{1,6} ?[=<>]|(?:not )?exists\b)/],
  ['while', /^\d{1,6} ?[=<>]/],
  ['do', /^\(\d|^(?:sleep|benchmark)\b|^\$\w{0,16}\$/],
  ['rename', /^(?:table|user|column) \S{1,80} to \S/],
  ['iif', /^\(/],
  ['copy', /^\S+ (?:from|to)\b|^\(/],
  ['grant', /^\w+ (?:on|to)\b/],
  ['call', /^[\w.]+ ?\(/],
  ['set', /^@|^global |^session /],
  ['merge', /^into\b/],
  ['handler', /^\S+ (?:open|read)\b/],
  ['attach', /^database\b/],
  ['backup', /^(?:database|log) \S{1,80} to \w/],
  ['restore', /^(?:database|log) \S{1,80} from \w/],
  ['bulk', /^insert \S{1,80} from ['"]/],
  ['use', /^[\w[\]]{1,40} ?(?:;|--)/],
  ['kill', /^\d{1,6} ?(?:;|--|#|$)/],
  ['reconfigure', /^(?:with override|;|--|$)/],
  ['pragma', /^\w+/],
  ['load', /^(?:data|xml) (?:(?:low_priority|concurrent|local) )*infile\b|^file\b/],
]);

/** Catalogues and system tables by database. */
export const CATALOGUE = pattern`^${anyOf(
  // The standard, as MySQL, PostgreSQL and SQL Server have it.
  /information_schema\.\w/,
  // SQL Server, with Db2 and Access.
  /sys(?:objects|columns|users|databases|ibm\.)|sys\.(?:objects|tables|databases|user|schema)|master\.\.|master\.dbo/,
  /msysobjects|msysaccessobjects/,
  // Firebird.
  /rdb\$/,
  // PostgreSQL.
  /pg_(?:catalog|user|shadow|database|tables|class|stat)/,
  /sqlite_(?:master|schema)/,
  // Oracle.
  /all_(?:tables|users|objects|tab_columns)|user_(?:tables|tab_columns)|dba_(?:users|tables)/,
  // MySQL.
  /mysql\.(?:user|db)\b/,
  // MaxDB.
  /domain\.(?:domains|columns|tables)/,
  // Oracle again, and MySQL.
  /v\$(?:version|instance)|dual$/,
  /performance_schema\./,
)}`;

/** Of these every catalogue has one in its name. */
export const CATALOGUE_WORDS =
  words(`information_schema sys master.. master.dbo rdb$ pg_ sqlite_ all_tab all_users all_objects user_tab dba_
  mysql. domain. v$ performance_schema`);

/** Server variables worth asking for. */
export const SERVER_VARIABLE =
  /^@@(?:version|hostname|datadir|basedir|servername|global|tmpdir|language|spid|microsoftversion|identity|max_|secure_file_priv|plugin_dir|version_\w)/;

/** Words in a row, none of them SQL, that make a text prose. */
export const PROSE_WORDS_MIN = 3;

/** Keywords, which do not count as prose. */
export const SQL_WORDS =
  set(`select from where union all distinct distinctrow having group order by limit offset insert into values update set delete
  drop table as on join left right inner outer when then else end case exists null true false not asc desc rownum top procedure
  analyse waitfor delay declare exec execute begin if`);

/** Whether a name is a function or variable of a database. */
export const knownCall = (name: string) =>
  COMMON_CALLS.has(name) || RARE_CALLS.has(name) || TIME_CALLS.has(name) || name.startsWith('@@') || name === '@';

/** Functions that a formula of a calculator has, too. */
export const MATHEMATICAL =
  /^(?:abs|a?(?:cos|sin|tan)|cot|sqrt|pow(?:er)?|exp|floor|ceil(?:ing)?|round|min|max|sum|avg|mod|pi)$/;

/** Functions that choose one of their arguments. */
export const CHOOSES = /^(?:i?if|ifnull|nullif|coalesce|greatest|least|nvl2?|decode|div)$/;

/** Words before a query that make it an operand. */
export const ASKS = /^(?:any|all|some|exists)$/;

/** Words that the server fills in. */
export const FILLED_IN =
  /^(?:current_(?:user|date|time|timestamp|role)|session_user|system_user|localtime(?:stamp)?|utc_(?:date|time|timestamp)|sysdate|rownum|unknown)$/;

/** Schemas, packages and procedures that servers come with. */
export const SYSTEM =
  /^(?:[sx]p(?:_\w*)?|(?:information|performance)_schema(?:\..*)?|(?:pg|utl|dbms|sqlite|msys)_?\w{2,}|mysql\..*|sys\..*|sys(?:objects|columns|users|databases)|all_tables|user_tables|master\..*)$/;

/** Types that no other language has by that name, and such as others have. */
export const DATABASE_TYPE =
  /^(?:int(?:eger|[248])|(?:big|small)?int|numeric|varchar|bytea|jsonb|reg\w{2,12}|timestamptz?)$/;
export const COMMON_TYPE =
  /^(?:text|real|float[48]?|double|char|date|time\w{0,8}|json|bool(?:ean)?|money|xml|name|bit|uuid)$/;
