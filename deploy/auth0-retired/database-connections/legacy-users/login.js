// The migration is over: whoever is not in Auth0 is nobody. Import mode stays on, or Auth0 would ask this script about
// the users it has imported.
function login(identifier, password, contextOrCallback, callbackAfterContext) {
  const callback = callbackAfterContext ?? contextOrCallback;
  callback(new WrongUsernameOrPasswordError(null));
}
