/** Export jobs and their preview. */

export {};
