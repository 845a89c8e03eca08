import { anyOf } from '../text/regex.ts';

/** Where pages and programming interfaces of code repositories and of stores of files name a file. */
const REPOSITORY_FILE = anyOf(
  // GitLab, Gitea and their like, behind the branch: `/team/app/-/blob/main/.env.example`.
  /\/(?:blob|raw|tree|blame|_?edit|commits?|src\/(?:branch|commit|tag))\/[^/]{1,120}\/./i,
  // Their interfaces, and Bitbucket's pages.
  /\/repository\/files\/.|\/repos\/[\w.-]{1,60}\/(?:[\w.-]{1,60}\/)?(?:browse|contents|raw|files)\/./i,
  // cgit and its like.
  /\w\.git\/(?:tree|plain|log|blame|diff|blob|about)\/./i,
  // The files of a user in Nextcloud or ownCloud, as clients synchronise them.
  /\/(?:remote|public)\.php\/(?:web)?dav\/./i,
  // Gerrit, whose plus sign a view may have made a blank: `/c/app/+/1234/2/.gitignore`.
  /\/[+ ](?:log)?\/(?:refs\/(?:heads|tags)\/[^/]{1,120}|\d{1,9}(?:\/\d{1,5})?|HEAD|[\da-f]{40})\/./i,
);

/** Whether a path is a page of a code repository or a store, which shows files by names that others should not have. None of its links steps up. */
export function isRepositoryPage(path: string): boolean {
  return !path.includes('..') && REPOSITORY_FILE.test(path);
}
