// The migration is over: whoever is not in Auth0 is nobody.
function getUser(identifier, contextOrCallback, callbackAfterContext) {
  const callback = callbackAfterContext ?? contextOrCallback;
  callback(null);
}
